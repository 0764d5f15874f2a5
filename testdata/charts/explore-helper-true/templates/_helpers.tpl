{{- define "shop.worker.enabled" -}}
{{- if .Values.worker.enabled -}}
true
{{- else -}}
false
{{- end -}}
{{- end -}}
