{{- define "shop.settings" -}}
worker: {{ .Values.worker.enabled }}
{{- end -}}
