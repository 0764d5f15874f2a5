//! What a piece of template text names, in all its branches: also in those that no values open.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::chart::{Chart, Template};
use crate::diagnostic::Frame;
use crate::source::{FileId, Span, TextRange};
use crate::template::ast::{Ast, Block, Branch, Command, Expr, Ident, Node, Pipeline};

use super::PLACEHOLDER_VALUES;

/// Something that a piece of template text names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Name {
    /// `placeholderSecret`
    Placeholder,
    /// `.Values`
    Values,
    /// `.Release.Namespace`
    Namespace,
    /// `required` or `fail`
    Required,
    /// A template that is only known when it is called, or text that is evaluated: there may be anything in it.
    Anything,
    /// A helper whose name is worked out.
    AnyHelper,
}

/// What a piece of template text names, through its includes and variables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named(BTreeSet<Name>);

impl Named {
    /// Whether it names that.
    pub fn has(&self, name: Name) -> bool {
        self.0.contains(&name)
    }

    fn add(&mut self, name: Name, is_so: bool) {
        if is_so {
            self.0.insert(name);
        }
    }
}

/// What the actions on the lines of `span` name, and what gives them their dot: also what the calls that lead there,
/// outermost first, hand over.
pub fn on_lines(chart: &Chart, text: &str, span: Span, calls: &[Frame]) -> Named {
    let Some(template) = template_of(chart, span.file) else {
        // Of a text that `tpl` evaluates there is no tree.
        let lines = text.get(lines(text, span.range).usize()).unwrap_or_default();
        let is_evaluated = lines.contains("{{");
        return Named(is_evaluated.then_some(Name::Anything).into_iter().collect());
    };
    let mut walker = Walker::new(chart, span.file);
    let body = block_at(&template.ast, span.range.start);
    let lines = lines(text, span.range);
    walker.part(body, lines);
    walker.other_sides(body, lines);
    for Frame { call, .. } in calls.iter().rev() {
        // What a helper does not take from its dot, its caller does not decide.
        let Some(caller) = template_of(chart, call.file).filter(|_| walker.asks_dot) else {
            break;
        };
        walker.file = call.file;
        walker.asks_dot = false;
        walker.is_argument = true;
        walker.part(block_at(&caller.ast, call.range.start), call.range);
    }
    walker.named
}

/// What the actions at `span` name, and what gives them their dot.
pub fn at(chart: &Chart, span: Span) -> Named {
    let Some(template) = template_of(chart, span.file) else {
        return Named(BTreeSet::from([Name::Anything]));
    };
    let mut walker = Walker::new(chart, span.file);
    walker.part(block_at(&template.ast, span.range.start), span.range);
    walker.named
}

/// The action that `span` is a part of; `span` itself if it is no part of one.
pub fn action_around(chart: &Chart, span: Span) -> Span {
    fn find(block: &Block, range: TextRange) -> Option<TextRange> {
        block.nodes.iter().find_map(|node| match node {
            Node::Action(action) => Some(action.range).filter(|own| is_inside(range, *own)),
            Node::If(branch) | Node::With(branch) | Node::Range(branch) => {
                let sides = std::iter::once(&branch.body).chain(&branch.otherwise);
                sides.filter(|side| is_inside(range, side.range)).find_map(|side| find(side, range))
            }
            Node::Text(_) | Node::Template(_) | Node::Break(_) | Node::Continue(_) => None,
        })
    }
    let template = template_of(chart, span.file);
    let action = template.and_then(|own| find(block_at(&own.ast, span.range.start), span.range));
    action.map_or(span, |action| action.in_file(span.file))
}

/// What the action at `span` prints, if that is the dot or a variable, whatever functions it goes through.
pub fn printed(chart: &Chart, span: Span) -> Option<String> {
    let template = template_of(chart, span.file)?;
    let action = action_around(chart, span).range;
    let printed = pipeline_of(block_at(&template.ast, span.range.start), action)?;
    let operands = printed.commands.iter().flat_map(|command| &command.args);
    operands.into_iter().find_map(|operand| match operand {
        Expr::Dot(_) => Some(".".to_owned()),
        Expr::Variable(variable, _, names) if names.is_empty() => Some(variable.name.to_string()),
        _ => None,
    })
}

/// The pipeline of the action at `range`.
fn pipeline_of(block: &Block, range: TextRange) -> Option<&Pipeline> {
    block.nodes.iter().find_map(|node| match node {
        Node::Action(action) => Some(&action.pipe).filter(|_| is_inside(action.range, range)),
        Node::If(branch) | Node::With(branch) | Node::Range(branch) => {
            pipeline_of(&branch.body, range)
                .or_else(|| pipeline_of(branch.otherwise.as_ref()?, range))
        }
        Node::Text(_) | Node::Template(_) | Node::Break(_) | Node::Continue(_) => None,
    })
}

/// Whether two places stand under the same branches of one template: then one is printed exactly if the other is.
pub fn share_branches(chart: &Chart, one: Span, other: Span) -> bool {
    let Some(template) = template_of(chart, one.file).filter(|_| one.file == other.file) else {
        return false;
    };
    let around = |span: Span| {
        let mut found = Vec::new();
        sides_around(block_at(&template.ast, span.range.start), span.range.start, &mut found);
        found
    };
    block_at(&template.ast, one.range.start).range
        == block_at(&template.ast, other.range.start).range
        && around(one) == around(other)
}

/// Whether a text that a chart can print holds `wanted`: in a template, or in a helper that one calls.
pub fn prints(chart: &Chart, wanted: &str) -> bool {
    let mut templates = Vec::new();
    all_templates(chart, &mut templates);
    templates.iter().any(|(is_run, template)| {
        let mut walker = Walker::new(chart, template.file);
        walker.wanted = Some(wanted);
        if *is_run {
            walker.block(&template.ast.body);
        }
        walker.has_wanted
    }) || templates.iter().any(|(is_run, template)| {
        // A helper whose name is worked out may be any.
        let mut walker = Walker::new(chart, template.file);
        if *is_run {
            walker.block(&template.ast.body);
        }
        walker.named.has(Name::AnyHelper)
    }) && templates.iter().any(|(_, template)| {
        let mut walker = Walker::new(chart, template.file);
        walker.wanted = Some(wanted);
        template.ast.defines.iter().for_each(|define| walker.block(&define.body));
        walker.has_wanted
    })
}

/// All templates of a chart and those below it, and whether Helm runs them: it runs none of a library chart, and of
/// partials only what others call.
fn all_templates<'c>(chart: &'c Chart, found: &mut Vec<(bool, &'c Template)>) {
    let is_partial = |name: &str| name.rsplit('/').next().is_some_and(|n| n.starts_with('_'));
    let own = chart.templates.iter();
    found.extend(own.map(|own| (!chart.is_library() && !is_partial(&own.name), own)));
    chart.subcharts.iter().for_each(|sub| all_templates(sub, found));
}

/// The template that a file is, of a chart or of those below it.
/// The template that a file is, of a chart or a subchart.
pub(super) fn template_of(chart: &Chart, file: FileId) -> Option<&Template> {
    let own = chart.templates.iter().find(|template| template.file == file);
    own.or_else(|| chart.subcharts.iter().find_map(|sub| template_of(sub, file)))
}

/// The body of the define that `offset` is in, else that of the file.
pub(super) fn block_at(ast: &Ast, offset: u32) -> &Block {
    let define = ast.defines.iter().filter(|define| define.range.contains(offset));
    define.min_by_key(|define| define.range.len()).map_or(&ast.body, |define| &define.body)
}

/// `range` up to the beginnings and ends of its lines.
fn lines(text: &str, range: TextRange) -> TextRange {
    let before = text.get(..range.start as usize).unwrap_or_default();
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let behind = text.get(range.end as usize..).unwrap_or_default();
    let end = range.end as usize + behind.find('\n').unwrap_or(behind.len());
    TextRange::new(start, end)
}

fn overlap(one: TextRange, other: TextRange) -> bool {
    one.start <= other.end && other.start <= one.end
}

fn is_inside(inner: TextRange, outer: TextRange) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

/// The blocks around `offset`, outermost first.
fn sides_around(block: &Block, offset: u32, found: &mut Vec<TextRange>) {
    for node in &block.nodes {
        let (Node::If(branch) | Node::With(branch) | Node::Range(branch)) = node else { continue };
        for side in std::iter::once(&branch.body).chain(&branch.otherwise) {
            if side.range.start <= offset && offset < side.range.end {
                found.push(side.range);
                sides_around(side, offset, found);
                return;
            }
        }
    }
}

struct Walker<'c> {
    chart: &'c Chart,
    file: FileId,
    named: Named,
    /// A field of the dot is asked for that is none of Helm's own.
    asks_dot: bool,
    /// Helpers and variables that were followed.
    seen: BTreeSet<(Option<FileId>, Arc<str>)>,
    wanted: Option<&'c str>,
    has_wanted: bool,
    /// Only what a call hands over is looked at, not what it calls.
    is_argument: bool,
}

impl<'c> Walker<'c> {
    fn new(chart: &'c Chart, file: FileId) -> Self {
        Self {
            chart,
            file,
            named: Named::default(),
            asks_dot: false,
            seen: BTreeSet::new(),
            wanted: None,
            has_wanted: false,
            is_argument: false,
        }
    }

    /// What of a block overlaps `range`.
    fn part(&mut self, block: &'c Block, range: TextRange) {
        for node in &block.nodes {
            match node {
                Node::Action(action) if overlap(action.range, range) => self.pipeline(&action.pipe),
                Node::Template(call) if overlap(call.range, range) => self.node(node),
                Node::If(branch) | Node::With(branch) | Node::Range(branch)
                    if overlap(branch.range, range) =>
                {
                    if is_inside(branch.range, range) {
                        self.node(node);
                        continue;
                    }
                    if overlap(branch.open, range) {
                        self.pipeline(&branch.pipe);
                    }
                    let asked = std::mem::take(&mut self.asks_dot);
                    for side in std::iter::once(&branch.body).chain(&branch.otherwise) {
                        self.part(side, range);
                    }
                    if self.asks_dot && !matches!(node, Node::If(_)) {
                        self.pipeline(&branch.pipe);
                    }
                    self.asks_dot |= asked;
                }
                _ => {}
            }
        }
    }

    /// Where a branch around `range` has another side, that one prints the same field in another way: what it names of
    /// the placeholder counts.
    fn other_sides(&mut self, block: &'c Block, range: TextRange) {
        for node in &block.nodes {
            let (Node::If(branch) | Node::With(branch)) = node else { continue };
            if !overlap(branch.range, range) || is_inside(branch.range, range) {
                continue;
            }
            let Some(otherwise) = &branch.otherwise else {
                self.other_sides(&branch.body, range);
                continue;
            };
            for (side, other) in [(&branch.body, otherwise), (otherwise, &branch.body)] {
                if side.range.start <= range.start && range.start < side.range.end {
                    self.other_sides(side, range);
                    let mut walker = Self::new(self.chart, self.file);
                    walker.block(other);
                    if matches!(node, Node::With(_)) && walker.asks_dot {
                        walker.pipeline(&branch.pipe);
                    }
                    self.named.add(Name::Placeholder, walker.named.has(Name::Placeholder));
                }
            }
        }
    }

    fn block(&mut self, block: &'c Block) {
        block.nodes.iter().for_each(|node| self.node(node));
    }

    fn node(&mut self, node: &'c Node) {
        match node {
            Node::Text(text) => self.has_wanted |= self.is_wanted(&text.text),
            Node::Action(action) => self.pipeline(&action.pipe),
            Node::If(branch) | Node::With(branch) | Node::Range(branch) => self.branch(branch),
            Node::Template(call) => {
                self.helper(&call.name);
                if let Some(pipe) = &call.pipe {
                    self.pipeline(pipe);
                }
            }
            Node::Break(_) | Node::Continue(_) => {}
        }
    }

    fn branch(&mut self, branch: &'c Branch) {
        self.pipeline(&branch.pipe);
        self.block(&branch.body);
        if let Some(otherwise) = &branch.otherwise {
            self.block(otherwise);
        }
    }

    fn pipeline(&mut self, pipeline: &'c Pipeline) {
        pipeline.commands.iter().for_each(|command| self.command(command));
    }

    fn command(&mut self, command: &'c Command) {
        if let Some(Expr::Function(function)) = command.args.first() {
            match (&*function.name, command.args.get(1)) {
                ("include", Some(Expr::Str(name))) => self.helper(&name.value),
                ("include", _) => {
                    self.named.add(Name::Anything, true);
                    self.named.add(Name::AnyHelper, true);
                }
                ("tpl", _) => self.named.add(Name::Anything, true),
                ("required" | "fail", _) => self.named.add(Name::Required, true),
                _ => {}
            }
        }
        command.args.iter().for_each(|operand| self.operand(operand));
    }

    fn operand(&mut self, operand: &'c Expr) {
        match operand {
            Expr::Field(_, names) => {
                self.fields(names);
                let is_of_helm = |name: &Ident| {
                    matches!(
                        &*name.name,
                        "Values"
                            | "Release"
                            | "Chart"
                            | "Files"
                            | "Capabilities"
                            | "Template"
                            | "Subcharts"
                    )
                };
                self.asks_dot |= !names.first().is_some_and(is_of_helm);
            }
            Expr::Dot(_) => self.asks_dot = true,
            Expr::Variable(variable, _, names) => {
                self.fields(names);
                if &*variable.name != "$" {
                    self.variable(&variable.name);
                }
            }
            Expr::Chain(_, inner, names) => {
                self.fields(names);
                self.operand(inner);
            }
            Expr::Pipe(_, pipeline) => self.pipeline(pipeline),
            Expr::Str(text) => {
                self.named.add(Name::Placeholder, &*text.value == PLACEHOLDER_VALUES);
                self.has_wanted |= self.is_wanted(&text.value);
            }
            Expr::Nil(_) | Expr::Bool(..) | Expr::Number(_) | Expr::Function(_) => {}
        }
    }

    fn fields(&mut self, names: &[Ident]) {
        let has = |wanted: &str| names.iter().any(|name| &*name.name == wanted);
        self.named.add(Name::Placeholder, has(PLACEHOLDER_VALUES));
        self.named.add(Name::Values, has("Values"));
        self.named.add(Name::Namespace, has("Namespace"));
    }

    fn is_wanted(&self, text: &str) -> bool {
        self.wanted.is_some_and(|wanted| text.contains(wanted))
    }

    /// What a helper names, whichever of several with the name is called.
    fn helper(&mut self, name: &Arc<str>) {
        if self.is_argument || !self.seen.insert((None, Arc::clone(name))) {
            return;
        }
        let mut found = Vec::new();
        defines(self.chart, name, &mut found);
        self.named.add(Name::Anything, found.is_empty());
        let caller = self.file;
        for (file, body) in found {
            self.file = file;
            self.block(body);
        }
        self.file = caller;
    }

    /// What a variable is set to, in all the file.
    fn variable(&mut self, name: &Arc<str>) {
        if !self.seen.insert((Some(self.file), Arc::clone(name))) {
            return;
        }
        let Some(template) = template_of(self.chart, self.file) else { return };
        let mut pipelines = Vec::new();
        setting(&template.ast.body, name, &mut pipelines);
        for define in &template.ast.defines {
            setting(&define.body, name, &mut pipelines);
        }
        for pipeline in pipelines {
            self.pipeline(pipeline);
        }
    }
}

/// The bodies of all helpers of that name, with their files.
fn defines<'c>(chart: &'c Chart, name: &str, found: &mut Vec<(FileId, &'c Block)>) {
    for template in &chart.templates {
        let named = template.ast.defines.iter().filter(|define| &*define.name == name);
        found.extend(named.map(|define| (template.file, &define.body)));
    }
    chart.subcharts.iter().for_each(|sub| defines(sub, name, found));
}

/// The pipelines that set a variable.
fn setting<'c>(block: &'c Block, variable: &str, found: &mut Vec<&'c Pipeline>) {
    let sets = |pipeline: &Pipeline| pipeline.variables.iter().any(|own| &*own.name == variable);
    for node in &block.nodes {
        match node {
            Node::Action(action) => found.extend(Some(&action.pipe).filter(|pipe| sets(pipe))),
            Node::If(branch) | Node::With(branch) | Node::Range(branch) => {
                found.extend(Some(&branch.pipe).filter(|pipe| sets(pipe)));
                setting(&branch.body, variable, found);
                if let Some(otherwise) = &branch.otherwise {
                    setting(otherwise, variable, found);
                }
            }
            Node::Text(_) | Node::Template(_) | Node::Break(_) | Node::Continue(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::{FileSystem, ParseCache, load};
    use crate::source::SourceMap;

    const HELPERS: &str = "{{ define \"name\" }}{{ if .Values.placeholderSecret.name }}x{{ end }}{{ end }}\
        {{ define \"twice\" }}{{ include \"name\" . }}{{ include \"twice\" . }}{{ end }}\
        {{ define \"other\" }}{{ required \"r\" .Values.other }}{{ end }}";

    /// What the line with `name:` of a template names.
    #[track_caller]
    fn check(text: &str, expected: &[Name]) {
        let files = [
            ("c/Chart.yaml", "apiVersion: v2\nname: c\nversion: 0.1.0\n"),
            ("c/templates/_helpers.tpl", HELPERS),
            ("c/templates/x.yaml", text),
        ];
        let fs = FileSystem::memory(files.map(|(path, text)| (path, text.as_bytes())));
        let mut sources = SourceMap::default();
        let chart = load(&fs, "c", &mut sources, &ParseCache::default()).expect("it loads").chart;
        let file = sources.by_path("c/templates/x.yaml").expect("it is there");
        let at = text.find("name:").expect("a name");
        let named = on_lines(&chart, text, Span::new(file, at, at + 5), &[]);
        assert_eq!(named.0.into_iter().collect::<Vec<_>>(), expected, "{text}");
    }

    #[test]
    fn lines_and_what_they_call() {
        use Name::{AnyHelper, Anything, Namespace, Placeholder, Required, Values};

        check("a: {{ .Values.a }}\nname: b\nc: {{ .Values.c }}\n", &[]);
        check("name: {{ .Values.a }}\n", &[Values]);
        check("name: {{ .Release.Namespace }}\n", &[Namespace]);
        check("name: {{ include \"twice\" . }}\n", &[Placeholder, Values]);
        check("name: {{ template \"other\" . }}\n", &[Values, Required]);
        check("name: {{ include (printf \"x\") . }}\n", &[Anything, AnyHelper]);
        check("name: {{ include \"nowhere\" . }}\n", &[Anything]);
        check("name: {{ dig \"placeholderSecret\" 1 . }}\n", &[Placeholder]);
    }

    #[test]
    fn variables_dots_and_other_sides() {
        use Name::{Placeholder, Values};

        check(
            "{{ $n := .Values.placeholderSecret }}\nname: {{ $n.name }}\n",
            &[Placeholder, Values],
        );
        check(
            "{{ with .Values.placeholderSecret }}\nname: {{ .name }}\n{{ end }}\n",
            &[Placeholder, Values],
        );
        check("{{ with .Values.placeholderSecret }}\nname: b\n{{ end }}\n", &[]);
        check("{{ if .Values.placeholderSecret }}\nname: b\n{{ end }}\n", &[]);
        check(
            "{{ if .Values.x }}\nname: b\n{{ else }}\nname: {{ .Values.placeholderSecret.name }}\n{{ end }}\n",
            &[Placeholder],
        );
    }
}
