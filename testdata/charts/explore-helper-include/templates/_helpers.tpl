{{- define "shop.worker.enabled" -}}
{{- if and .Values.worker.enabled .Values.queue.url -}}
true
{{- end -}}
{{- end -}}
