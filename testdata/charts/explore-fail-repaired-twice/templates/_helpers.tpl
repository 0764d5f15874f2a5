{{- define "shop.copied" -}}
{{- if .Values.worker.tag }}worker:{{ .Values.worker.tag }}{{ end }}
{{- if .Values.mirror }} from {{ .Values.mirror }}{{ end }}
{{- end -}}

{{- define "shop.validate" -}}
{{- if and .Values.mirror (include "shop.copied" .) (not .Values.allowMirror) }}
{{- fail (printf "not ours: %s" (include "shop.copied" .)) }}
{{- end }}
{{- end -}}
