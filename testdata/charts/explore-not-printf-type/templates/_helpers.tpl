{{- define "shop.annotations" -}}
  {{- if .Values.extraAnnotations }}
  annotations:
    {{- $type := typeOf .Values.extraAnnotations }}
    {{- if eq $type "string" }}
      {{- tpl .Values.extraAnnotations . | nindent 4 }}
    {{- else }}
      {{- toYaml .Values.extraAnnotations | nindent 4 }}
    {{- end }}
  {{- end }}
{{- end -}}
