{{- define "everything.who" -}}
{{- $who := .Values.name | default "nobody" -}}
{{ printf "%s-%s" $who (.Chart.AppVersion | replace "." "-") | trunc 20 | trimSuffix "-" }}
{{- end }}
{{- define "everything.labels" -}}
{{- range $key, $value := .Values.labels }}
{{ $key | quote }}: {{ $value | quote }}
{{- end }}
release: {{ .Release.Name }}
{{- end }}
