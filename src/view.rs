//! A chart under one set of values: rendered, parsed, and every place resolved to the files of the chart.

use std::cell::OnceCell;
use std::sync::Arc;

use crate::diagnostic::{Frame, ObjectRef};
use crate::engine::explore::Key;
use crate::engine::origin::FrameId;
use crate::engine::text::MemoryId;
use crate::engine::{Environment, Read, Rendered, RenderedTemplate, render_where};
use crate::manifest::objects::{Manifest, Object};
use crate::source::{SourceMap, Span, TextRange};
use crate::values::Active;
use crate::yaml::{Style, Use};

/// A chart under one set of values.
#[derive(Debug)]
pub struct View<'a> {
    /// Which charts are on, and their values.
    pub active: &'a Active<'a>,
    /// What the templates print.
    pub rendered: Rendered<'a>,
    manifests: OnceCell<Vec<Manifest>>,
    /// The same chart under other values, whose templates print the same here as far as `rendered` does not have them.
    pub base: Option<&'a View<'a>>,
}

/// An object of a view, with what knows where it comes from.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'v> {
    /// The view that has rendered it.
    pub view: &'v View<'v>,
    /// The template that prints it.
    pub template: &'v RenderedTemplate<'v>,
    /// The object.
    pub object: &'v Object,
}

/// Where some rendered bytes come from, for a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// In the template: the very text, or the action that prints it.
    pub span: Span,
    /// The value that is printed there.
    pub value: Option<ValuePlace>,
    /// The includes that lead there.
    pub trace: Vec<Frame>,
}

/// A value of a values file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValuePlace {
    /// `image.registry`, from the top of the root chart's values.
    pub path: String,
    /// Where it is set; `None` for a value that the linter made up.
    pub span: Option<Span>,
}

impl<'a> View<'a> {
    /// Renders the templates that `wanted` names and reads their objects.
    pub fn new(
        sources: &'a SourceMap,
        active: &'a Active<'a>,
        environment: &Environment,
        wanted: &dyn Fn(&str) -> bool,
    ) -> Self {
        Self::of(active, render_where(sources, active, environment, wanted, None), None)
    }

    /// A view of what has been rendered; `base` has the templates that were not.
    pub fn of(active: &'a Active<'a>, rendered: Rendered<'a>, base: Option<&'a View<'a>>) -> Self {
        Self { active, rendered, manifests: OnceCell::new(), base }
    }

    /// The objects of each template of `rendered`, by the same index; empty where it failed or prints notes. They are
    /// read when somebody asks for them.
    pub fn manifests(&self) -> &[Manifest] {
        self.manifests.get_or_init(|| {
            let templates = self.rendered.templates.iter().enumerate();
            let manifests = templates.map(|(at, template)| match &template.output {
                Ok(output) if is_manifest(&template.name) => Manifest::read(&output.text, at),
                _ => Manifest::default(),
            });
            manifests.collect()
        })
    }

    /// The view itself, and the one whose templates it leaves as they are.
    pub fn parts(&self) -> impl Iterator<Item = &View<'_>> {
        let own: &View<'_> = self;
        std::iter::once(own).chain(self.base)
    }

    /// All objects with the templates that print them.
    pub fn objects(&self) -> impl Iterator<Item = Shown<'_>> {
        self.parts().enumerate().flat_map(move |(at, view)| {
            let objects = view.manifests().iter().flat_map(|manifest| &manifest.objects);
            objects.filter_map(move |object| {
                let template = view.rendered.templates.get(object.template)?;
                let is_current = at == 0 || !self.has_rendered(&template.name);
                is_current.then_some(Shown { view, template, object })
            })
        })
    }

    /// All reads, with the views that know their memories.
    pub fn reads(&self) -> impl Iterator<Item = (&View<'_>, &Read)> {
        self.parts().flat_map(|view| view.rendered.reads.iter().map(move |read| (view, read)))
    }

    /// Whether it has rendered a template itself.
    pub fn has_rendered(&self, template: &str) -> bool {
        self.rendered.templates.iter().any(|own| &*own.name == template)
    }

    /// Whether what a template prints may depend on one of these values, by their paths in the merged values. It may if
    /// nobody has written down on what it depends.
    pub fn depends(&self, template: &str, paths: &[Vec<Arc<str>>]) -> bool {
        let shown = self.parts().find_map(|view| {
            let at = view.rendered.templates.iter().position(|own| &*own.name == template)?;
            Some((&view.rendered, at))
        });
        let trail = shown.and_then(|(rendered, at)| rendered.trail.as_ref()?.templates.get(at));
        trail.is_none_or(|trail| {
            trail.depends.iter().any(|key| match key {
                Key::Value(key) => {
                    paths.iter().any(|path| key.starts_with(path) || path.starts_with(key))
                }
                Key::Environment(_) => false,
            })
        })
    }

    /// Where the bytes `range` of the template with the number `template` come from.
    pub fn place(&self, template: usize, range: TextRange) -> Option<Place> {
        let output = self.rendered.templates.get(template)?.output.as_ref().ok()?;
        let resolved = self.rendered.resolve(output, range.start as usize, range.len())?;
        let is_value = self.rendered.value(resolved.value).is_some();
        let span = match resolved.literal {
            Some(literal) if !is_value => literal,
            _ => resolved.node,
        };
        let value = is_value.then(|| self.value_place(resolved.value));
        let trace = trace(&self.rendered, resolved.frame);
        Some(Place { span, value, trace })
    }

    /// Where a scalar's text comes from, without the quotes around it.
    pub fn place_of(&self, template: usize, scalar: &Use) -> Option<Place> {
        let quoted =
            matches!(scalar.node.style, Style::Single | Style::Double) && scalar.range.len() > 2;
        let inside =
            TextRange { start: scalar.range.start + 1, end: scalar.range.end.saturating_sub(1) };
        self.place(template, if quoted { inside } else { scalar.range })
    }

    /// The values that show in `range`, in order of appearance.
    pub fn values_in(&self, template: usize, range: TextRange) -> Vec<ValuePlace> {
        self.memories_in(template, range)
            .into_iter()
            .map(|memory| self.value_place(memory))
            .collect()
    }

    /// As [`Self::values_in`], by their names in the engine's table.
    pub fn memories_in(&self, template: usize, range: TextRange) -> Vec<MemoryId> {
        let Some(Ok(output)) = self.rendered.templates.get(template).map(|t| &t.output) else {
            return Vec::new();
        };
        let found = self.rendered.values_in(output, range.start as usize, range.end as usize);
        found.into_iter().filter(|memory| self.rendered.value(*memory).is_some()).collect()
    }

    /// Whether `range` shows a value that no file holds: then its content says nothing.
    pub fn shows_made_up(&self, template: usize, range: TextRange) -> bool {
        self.values_in(template, range).iter().any(|value| value.span.is_none())
    }

    /// A value's path and place.
    pub fn value_place(&self, memory: MemoryId) -> ValuePlace {
        let path = self.value_path(memory);
        let span = self.rendered.value(memory).and_then(|memory| memory.value);
        ValuePlace { path: path.join("."), span }
    }

    /// A value's path, with the subcharts' copies of `global` under its own name.
    pub fn value_path(&self, memory: MemoryId) -> Vec<Arc<str>> {
        self.canonical(self.rendered.memories.path(memory))
    }

    /// A path that leads through a subchart's copy of `global` is that of the original.
    pub fn canonical(&self, mut path: Vec<Arc<str>>) -> Vec<Arc<str>> {
        let mut charts = &self.active.root.subcharts;
        let mut depth = 0;
        while let Some(sub) =
            path.get(depth).and_then(|name| charts.iter().find(|chart| chart.name == *name))
        {
            depth += 1;
            charts = &sub.subcharts;
            if path.get(depth).is_some_and(|key| &**key == "global") {
                path.drain(..depth);
                break;
            }
        }
        path
    }
}

/// Steps that are shown of a chain of includes at either end; endless recursion has thousands.
const SHOWN_FRAMES: usize = 4;

/// The includes that lead to a frame, outermost first; of a long chain only its ends.
pub fn trace(rendered: &Rendered<'_>, frame: FrameId) -> Vec<Frame> {
    let chain = rendered.origins.chain(frame);
    let hidden = SHOWN_FRAMES..chain.len().saturating_sub(SHOWN_FRAMES);
    let shown = chain.iter().enumerate().filter(|(at, _)| !hidden.contains(at));
    let mut frames: Vec<Frame> = Vec::new();
    for (_, step) in shown {
        let frame = Frame { template: step.template.to_string(), call: step.call };
        if !frames.contains(&frame) {
            frames.push(frame);
        }
    }
    frames
}

/// The reference that diagnostics have of an object.
pub fn object_ref(object: &Object, pointer: &dyn std::fmt::Display) -> ObjectRef {
    ObjectRef {
        api_version: object.api_version.to_string(),
        kind: object.kind.to_string(),
        name: object.name.to_string(),
        pointer: pointer.to_string(),
    }
}

/// Whether Helm takes the template's output for objects: all but the notes (`pkg/action/action.go`).
pub fn is_manifest(template: &str) -> bool {
    !template.ends_with("NOTES.txt")
}
