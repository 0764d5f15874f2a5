{{- define "shop.labels" -}}
app: {{ .Chart.Name }}
release: {{ .Release.Name | quote }}
{{- with .Values.labels }}
{{ toYaml . }}
{{- end }}
{{- end }}
{{- define "shop.fails" }}{{ required "a reason is needed" .Values.reason }}{{ end }}
