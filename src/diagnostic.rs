//! What the linter says: plain data, without colour, width or format.

use crate::source::Span;

/// How bad it is; also the order in which `--fail-on` compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Will bite.
    Warning,
    /// Will not work.
    Error,
}

impl Severity {
    /// The word in reports and in the config.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A span and what is to be said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What; may be empty for the primary label.
    pub message: String,
}

impl Label {
    /// A label.
    pub fn new(span: Span, message: impl Into<String>) -> Self {
        Self { span, message: message.into() }
    }
}

/// The Kubernetes object that a diagnostic is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectRef {
    /// `apiVersion`.
    pub api_version: String,
    /// `kind`.
    pub kind: String,
    /// `metadata.name`; empty where it has none.
    pub name: String,
    /// JSON pointer of the node inside the object; empty for the object itself.
    pub pointer: String,
}

/// One step of the way to the primary label: who included what, outermost first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The template that was called.
    pub template: String,
    /// The action that called it.
    pub call: Span,
}

/// `a, b and c`; nothing for no parts.
pub fn in_words(parts: &[String]) -> String {
    match parts {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        few => few.concat(),
    }
}

/// The values under which a diagnostic holds, where they are not the given ones.
#[derive(Clone, Debug, PartialEq)]
pub struct ScenarioRef {
    /// `ci/x-values.yaml`, the name of a value set, `opened-3`, or `failing` where the chart fails as a whole.
    pub name: String,
    /// What it sets over the given values.
    pub values: serde_json::Value,
}

/// One finding. It can't be built without a primary label.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    /// The rule's name.
    pub rule: &'static str,
    /// Severity as reported: that of the rule, or that of the config.
    pub severity: Severity,
    /// What is wrong: lower case, no full stop, names in backticks.
    pub message: String,
    /// The one place to look at first, in a file that the user wrote.
    pub primary: Label,
    /// The other sides.
    pub related: Vec<Label>,
    /// More facts, a sentence each.
    pub notes: Vec<String>,
    /// What to write instead.
    pub help: Option<String>,
    /// The object it is about.
    pub object: Option<ObjectRef>,
    /// Includes that lead to the primary label.
    pub trace: Vec<Frame>,
    /// The scenario that shows it; none for the base.
    pub scenario: Option<ScenarioRef>,
    /// What stays the same when lines move: a value path, a define, a pointer. Part of the fingerprint.
    pub subject: String,
}

impl Diagnostic {
    /// A diagnostic of `rule` at `primary`, whose label says nothing yet.
    pub fn new(
        rule: &'static str,
        severity: Severity,
        primary: Span,
        message: impl Into<String>,
    ) -> Self {
        Self {
            rule,
            severity,
            message: message.into(),
            primary: Label::new(primary, ""),
            related: Vec::new(),
            notes: Vec::new(),
            help: None,
            object: None,
            trace: Vec::new(),
            scenario: None,
            subject: String::new(),
        }
    }

    /// Says something at the primary label.
    pub fn label(mut self, message: impl Into<String>) -> Self {
        self.primary.message = message.into();
        self
    }

    /// Adds a related label.
    pub fn related(mut self, span: Span, message: impl Into<String>) -> Self {
        self.related.push(Label::new(span, message));
        self
    }

    /// Adds a note.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Says what to write.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Names the object.
    pub fn object(mut self, object: ObjectRef) -> Self {
        self.object = Some(object);
        self
    }

    /// Sets the include chain.
    pub fn trace(mut self, trace: Vec<Frame>) -> Self {
        self.trace = trace;
        self
    }

    /// Sets what the finding is about, independent of lines.
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = subject.into();
        self
    }
}
