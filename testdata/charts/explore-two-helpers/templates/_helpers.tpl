{{- define "shop.worker" -}}
{{- if .Values.worker.enabled }}yes{{ end -}}
{{- end -}}
{{- define "shop.legacy" -}}
{{- if .Values.legacy.enabled }}yes{{ end -}}
{{- end -}}
