//! What a chart has of files: `missing-values-file`, `missing-templates-directory` and `invalid-template-extension`.

use crate::diagnostic::{Diagnostic, Severity};
use crate::rules::context::{Concern, Context, Rule};

use super::fields::{first_line, name_place};

/// What may stand behind the last dot of a template's name (`validateAllowedExtension`).
const EXTENSIONS: [&str; 4] = [".yaml", ".yml", ".tpl", ".txt"];

pub(in crate::rules::builtin) struct MissingValuesFile;

impl Rule for MissingValuesFile {
    fn name(&self) -> &'static str {
        "missing-values-file"
    }

    fn concern(&self) -> Concern {
        Concern::Files
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let chart = context.chart;
        if chart.values.is_some() {
            return;
        }
        let own: Vec<_> = chart.templates.iter().map(|template| template.file).collect();
        let read = context.view.reads().find(|(view, read)| {
            let memories = &view.rendered.memories;
            // What Helm hands down is no value that the chart could declare.
            memories.is_value(read.parent)
                && own.contains(&read.node.file)
                && view.value_path(read.parent).first().is_none_or(|first| **first != *"global")
                && *read.key != *"global"
        });
        let Some((_, read)) = read else { return };
        out.push(
            Diagnostic::new(
                self.name(),
                Severity::Info,
                name_place(context),
                "the chart has no values.yaml",
            )
            .label("its templates read values, and nothing says which there are")
            .related(read.node, "this is read, for instance")
            .help("write values.yaml with a default, or a comment, for each key"),
        );
    }
}

pub(in crate::rules::builtin) struct MissingTemplatesDirectory;

impl Rule for MissingTemplatesDirectory {
    fn name(&self) -> &'static str {
        "missing-templates-directory"
    }

    fn concern(&self) -> Concern {
        Concern::Files
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let chart = context.chart;
        if let Some(file) = chart.files.iter().find(|file| &*file.name == "templates") {
            let place =
                file.file.map_or_else(|| name_place(context), |file| first_line(context, file));
            out.push(
                Diagnostic::new(self.name(), Severity::Error, place, "`templates` is a file and has to be a folder")
                    .label("Helm finds no templates in it")
                    .help("make a folder `templates`, and put the file into it under a name that ends in `.yaml`"),
            );
            return;
        }
        let has_something = !chart.templates.is_empty()
            || chart.folders.iter().any(|folder| folder == "templates")
            || chart.is_library()
            || !chart.metadata.dependencies.is_empty()
            || !chart.subcharts.is_empty()
            || !chart.crds.is_empty();
        if !has_something {
            out.push(
                Diagnostic::new(
                    self.name(),
                    Severity::Warning,
                    name_place(context),
                    "the chart has no templates",
                )
                .label("Helm installs nothing of it")
                .help("write templates into the folder `templates`, or say `type: library`"),
            );
        }
    }
}

pub(in crate::rules::builtin) struct InvalidTemplateExtension;

impl Rule for InvalidTemplateExtension {
    fn name(&self) -> &'static str {
        "invalid-template-extension"
    }

    fn concern(&self) -> Concern {
        Concern::Files
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        for template in &context.chart.templates {
            let file = template.name.rsplit('/').next().unwrap_or(&template.name);
            let extension = file.rfind('.').and_then(|at| file.get(at..)).unwrap_or_default();
            if EXTENSIONS.contains(&extension) {
                continue;
            }
            let message = if extension.is_empty() {
                format!("`{}` has no extension", template.name)
            } else {
                format!("`{extension}` is no extension of a template")
            };
            out.push(
                Diagnostic::new(self.name(), Severity::Error, first_line(context, template.file), message)
                    .label("Helm renders it as a manifest all the same, and `helm lint` refuses it")
                    .help("end its name in `.yaml`, `.yml`, `.tpl` or `.txt`, or move it out of templates/ if it is none")
                    .subject(template.name.to_string()),
            );
        }
    }
}
