{{- define "shop.storage" -}}
{{- if .Values.storage.bucket -}}
bucket
{{- else -}}
disk
{{- end -}}
{{- end -}}
