//! Evaluates templates as Helm does, and remembers where every byte came from.

pub mod capabilities;
mod error;
pub mod explore;
mod expression;
mod fields;
mod files;
pub mod functions;
mod helm_text;
mod machine;
mod methods;
mod nested;
pub mod origin;
mod reads;
mod scope;
#[cfg(test)]
mod testing;
pub mod text;
pub mod value;

use std::borrow::Cow;
use std::sync::Arc;

use crate::bytes;
use crate::source::{FileId, SourceMap, Span};
use crate::template;
use crate::values::{Active, ActiveChart};

pub use capabilities::{Capabilities, KubeVersion};
pub use error::{Reason, RenderError};
pub use helm_text::parse_error;
pub use machine::{MAX_INCLUDE_OF_ONE_NAME, MAX_OUTPUT_BYTES, MAX_STEPS, MAX_TEMPLATE_DEPTH};
pub use nested::TPL_NAME;
pub use reads::{MAX_READS, Read, ReadContext, Reads};
pub use scope::{Release, templates_in_order};

use explore::{Request, Trail};
use machine::Machine;
use origin::{FrameId, Memories, Memory, Origin, Origins};
use scope::{ScopeBuilder, set_template};
use text::{MemoryId, NOWHERE, Run};

/// The stack that an evaluation needs at [`MAX_TEMPLATE_DEPTH`]. Only touched pages are ever allocated.
pub const STACK_BYTES: usize = 512 << 20;

/// What is rendered besides values.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `.Release`
    pub release: Release,
    /// `.Capabilities`
    pub capabilities: Capabilities,
}

/// A chart under one set of values.
#[derive(Debug)]
pub struct Rendered<'a> {
    /// Its templates, in Helm's order of rendering; partials are not among them.
    pub templates: Vec<RenderedTemplate<'a>>,
    /// Where the output came from.
    pub origins: Origins,
    /// Where the values came from.
    pub memories: Memories,
    /// What the templates asked for.
    pub reads: Reads,
    /// What was learnt of the branches, if it was asked for.
    pub trail: Option<Trail>,
    sources: &'a SourceMap,
}

/// One template's output.
#[derive(Debug)]
pub struct RenderedTemplate<'a> {
    /// As in Helm's `# Source:` lines: `mychart/templates/x.yaml`.
    pub name: Arc<str>,
    /// The template file.
    pub file: FileId,
    /// The chart it belongs to.
    pub chart: &'a ActiveChart<'a>,
    /// What it prints, or why it can't.
    pub output: Result<Output, Box<RenderError>>,
}

/// Text and the origin of each byte.
#[derive(Debug, Default)]
pub struct Output {
    /// What the template prints; what is no UTF-8 stands as [`bytes`] says.
    pub text: String,
    /// Origins; each run ends where the next begins.
    pub runs: Vec<Run>,
}

impl Output {
    /// The bytes that Helm prints: those of the text, and those that are no UTF-8.
    pub fn bytes(&self) -> Cow<'_, [u8]> {
        bytes::unescape(&self.text)
    }

    /// The runs that overlap `start..end`, each with its first byte.
    pub fn runs_in(&self, start: usize, end: usize) -> impl Iterator<Item = (usize, &Run)> {
        let first = self.runs.partition_point(|run| run.end as usize <= start);
        let begin =
            first.checked_sub(1).and_then(|at| self.runs.get(at)).map_or(0, |run| run.end as usize);
        let mut next = begin;
        self.runs
            .get(first..)
            .unwrap_or_default()
            .iter()
            .map(move |run| (std::mem::replace(&mut next, run.end as usize), run))
            .take_while(move |(run_start, _)| *run_start < end.max(start + 1))
    }
}

/// Where some bytes of an output came from, resolved to files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The template node that printed the first byte.
    pub node: Span,
    /// The very text in a file, where it stands there literally.
    pub literal: Option<Span>,
    /// The includes that led to the node.
    pub frame: FrameId,
    /// The value shown, if one is.
    pub value: MemoryId,
}

impl<'a> Rendered<'a> {
    /// Where no template was asked for.
    pub fn nothing(sources: &'a SourceMap) -> Self {
        let (templates, origins) = (Vec::new(), Origins::default());
        let (memories, reads) = (Memories::default(), Reads::default());
        Self { templates, origins, memories, reads, trail: None, sources }
    }
}

impl Rendered<'_> {
    /// Where the byte at `offset` of `output` came from, with the literal text of up to `len` bytes.
    pub fn resolve(&self, output: &Output, offset: usize, len: usize) -> Option<Resolved> {
        let (start, run) = output.runs_in(offset, offset + len.max(1)).next()?;
        let origin = self.origins.get(run.origin)?;
        let literal = self.literal(output, origin, start, run, offset, len);
        Some(Resolved { node: origin.node, literal, frame: origin.frame, value: origin.value })
    }

    /// The place where the bytes stand literally.
    fn literal(
        &self,
        output: &Output,
        origin: &Origin,
        start: usize,
        run: &Run,
        offset: usize,
        len: usize,
    ) -> Option<Span> {
        let (first, end) = (offset.max(start), (offset + len).min(run.end as usize));
        if run.at != NOWHERE {
            let file = self.memory_file(origin.value).unwrap_or(origin.node.file);
            let at = run.at as usize + (first - start);
            return Some(Span::new(file, at, at + end.saturating_sub(first)));
        }
        // What is no text has no runs of its own, but most numbers and booleans are printed as they are written.
        let value = self.memories.get(origin.value)?.value?;
        let whole = output.text.get(start..run.end as usize)?;
        let at = value.range.start as usize + (first - start);
        (self.sources.slice(value) == whole)
            .then(|| Span::new(value.file, at, at + end.saturating_sub(first)))
    }

    fn memory_file(&self, memory: MemoryId) -> Option<FileId> {
        self.memories.get(memory).and_then(|memory| memory.value).map(|span| span.file)
    }

    /// All values that show in `start..end` of `output`, each once, in order of appearance.
    pub fn values_in(&self, output: &Output, start: usize, end: usize) -> Vec<MemoryId> {
        let mut found = Vec::new();
        for (_, run) in output.runs_in(start, end) {
            if let Some(origin) = self.origins.get(run.origin)
                && origin.value.is_some()
                && !found.contains(&origin.value)
            {
                found.push(origin.value);
            }
        }
        found
    }

    /// The entry of the values that `memory` is, if it is one.
    pub fn value(&self, memory: MemoryId) -> Option<&Memory> {
        if self.memories.is_value(memory) { self.memories.get(memory) } else { None }
    }
}

/// Whether `version` is in the range `constraint`.
pub fn satisfies(constraint: &str, version: &str) -> bool {
    functions::versions::satisfies(constraint, version).unwrap_or(false)
}

/// Renders all templates of an active chart and its subcharts.
///
/// A template that fails has its error as output; the others are rendered all the same, where Helm would stop.
/// Needs [`STACK_BYTES`] of stack for the worst chart.
pub fn render<'a>(
    sources: &'a SourceMap,
    active: &'a Active<'a>,
    environment: &Environment,
) -> Rendered<'a> {
    render_where(sources, active, environment, &|_| true, None)
}

/// As [`render`], but executes only the template files that `wanted` names (all are parsed: defines are shared), and
/// writes down what `request` asks for.
pub fn render_where<'a>(
    sources: &'a SourceMap,
    active: &'a Active<'a>,
    environment: &Environment,
    wanted: &dyn Fn(&str) -> bool,
    request: Option<Request<'_>>,
) -> Rendered<'a> {
    let builder = ScopeBuilder::new(sources, &environment.release, &environment.capabilities);
    let (renderables, memories) = builder.build(active);
    let mut machine = Machine::new(sources, &memories);
    if let Some(request) = request {
        machine.explore(request);
    }
    for renderable in &renderables {
        let (file, ast) = (renderable.template.file, &renderable.template.ast);
        let text = sources.file(file).text();
        if bytes::has_escapes(text) {
            // What stands for bytes elsewhere is a character here. No chart has one; its spans may be off by some bytes.
            let ast = Arc::new(template::parse(&bytes::escape(text.as_bytes())));
            machine.add_file(&renderable.name, file, &ast);
        } else {
            machine.add_file(&renderable.name, file, ast);
        }
    }
    let mut templates = Vec::with_capacity(renderables.len());
    for renderable in &renderables {
        let base = renderable.name.rsplit('/').next().unwrap_or_default();
        // A text with a mistake has no meaning as a whole; Helm refuses the chart.
        let is_broken = !renderable.template.ast.errors.is_empty();
        if base.starts_with('_') || is_broken || !wanted(&renderable.name) {
            continue;
        }
        set_template(&renderable.data, &renderable.name, &renderable.base_path);
        let output = machine
            .execute(&renderable.name, &renderable.data)
            .map(|(text, runs)| Output { text, runs });
        templates.push(RenderedTemplate {
            name: Arc::clone(&renderable.name),
            file: renderable.template.file,
            chart: renderable.chart,
            output,
        });
    }
    let trail = machine.trail();
    let Machine { origins, reads, .. } = machine;
    Rendered { templates, origins, memories, reads, trail, sources }
}
