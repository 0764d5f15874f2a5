//! The report in a format of the user's own: a Go template over the JSON report.

use crate::source::SourceMap;

use super::Report;
use super::json::document;

/// A template that has been found to be one.
pub struct ReportTemplate {
    template: gtmpl::Template,
}

/// What is wrong with the template of a report.
#[derive(Debug, thiserror::Error)]
#[error("report template: {0}")]
pub struct ReportTemplateError(String);

impl ReportTemplate {
    /// Parses `text`. Errors name line and column in it.
    pub fn new(text: &str) -> Result<Self, ReportTemplateError> {
        // Our own parser goes first: it has the better errors, and nothing that it refuses may reach the crate, which
        // does not come back from every unfinished action.
        if let Some(error) = crate::template::parse(text).errors.first() {
            let mut sources = SourceMap::default();
            let file = sources.add("template", text);
            let at = sources.file(file).position(error.range.start);
            let message = format!("{}:{}: {}", at.line, at.column, error.message);
            return Err(ReportTemplateError(message));
        }
        let mut template = gtmpl::Template::default();
        template.parse(text).map_err(|error| ReportTemplateError(error.to_string()))?;
        Ok(Self { template })
    }

    /// Writes the report.
    pub fn render(&self, report: &Report) -> Result<String, ReportTemplateError> {
        let context = gtmpl::Context::from(value(document(report)));
        self.template.render(&context).map_err(|error| ReportTemplateError(error.to_string()))
    }
}

fn value(json: serde_json::Value) -> gtmpl::Value {
    match json {
        serde_json::Value::Null => gtmpl::Value::Nil,
        serde_json::Value::Bool(flag) => gtmpl::Value::Bool(flag),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(integer) => gtmpl::Value::from(integer),
            None => gtmpl::Value::from(number.as_f64().unwrap_or_default()),
        },
        serde_json::Value::String(text) => gtmpl::Value::String(text),
        serde_json::Value::Array(items) => {
            gtmpl::Value::Array(items.into_iter().map(value).collect())
        }
        serde_json::Value::Object(fields) => {
            gtmpl::Value::Map(fields.into_iter().map(|(key, field)| (key, value(field))).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::json::tests::full;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let result = ReportTemplate::new(text).and_then(|template| template.render(&full()));
        let got = result.unwrap_or_else(|error| error.to_string());
        assert!(got.contains(expected), "got: {got}");
    }

    #[test]
    fn templates_see_the_json_report() {
        check(
            "{{ range .diagnostics }}{{ .rule }} {{ .location.path }}:{{ .location.start.line }}{{ end }}",
            "duplicate-key web/values.yaml:1",
        );
        check("{{ len .diagnostics }}/{{ .summary.errors }}", "2/1");
        check("{{ range $i, $d := .diagnostics }}{{ $i }}:{{ $d.severity }}{{ end }}", "0:error");
    }

    #[test]
    fn mistakes_are_errors() {
        check("{{ .a", "report template: ");
        check("{{ if }}{{ end }}", "report template: ");
        check("{{ range .diagnostics }}", "report template: ");
        check("{{ template \"none\" }}", "report template: ");
    }
}
