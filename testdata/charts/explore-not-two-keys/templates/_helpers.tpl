{{- define "shop.pullSecrets" -}}
{{- $secrets := .Values.imagePullSecrets }}
{{- if .Values.global.imagePullSecrets }}
{{- $secrets = .Values.global.imagePullSecrets }}
{{- end }}
{{- if $secrets }}
imagePullSecrets:
{{- range $secrets }}
  {{- if kindIs "string" . }}
  - name: {{ . }}
  {{- else }}
  - name: {{ .name }}
  {{- end }}
{{- end }}
{{- end }}
{{- end -}}
