//! `include` and `tpl`: templates inside templates.

use std::sync::Arc;

use crate::source::Span;
use crate::template::go_quote;

use super::error::{Eval, Reason, RenderError};
use super::machine::{
    Code, Layer, MAX_INCLUDE_OF_ONE_NAME, Machine, Named, Operand, without_no_value,
};
use super::origin::{FrameEntry, FrameId};
use super::text::{Text, TextBuilder};
use super::value::Value;

/// What Helm calls the text of a `tpl`.
pub const TPL_NAME: &str = "gotpl";

impl Machine<'_> {
    /// `include`.
    pub(super) fn include(
        &mut self,
        name: &str,
        data: Value,
        call: Span,
        frame: FrameId,
    ) -> Eval<Text> {
        let Some(template) = self.lookup(name) else {
            let message = format!(
                "template: no template {} associated with template \"gotpl\"",
                go_quote(name)
            );
            return Err(Box::new(RenderError::new(message, Reason::Template, call, frame)));
        };
        let count = self.included.entry(Arc::clone(&template.name)).or_default();
        if *count > MAX_INCLUDE_OF_ONE_NAME {
            let message = format!(
                "rendering template has a nested reference name: {name}: unable to execute template"
            );
            return Err(Box::new(RenderError::new(message, Reason::Limit, call, frame)));
        }
        *count += 1;
        let inner = self.origins.enter(FrameEntry {
            parent: frame,
            call,
            template: Arc::clone(&template.name),
        });
        let mut out = TextBuilder::default();
        let result = self.run(&template, inner, &Operand::concrete(data), &mut out);
        if let Some(count) = self.included.get_mut(&template.name) {
            *count -= 1;
        }
        result.map(|()| out.finish())
    }

    /// `tpl`.
    pub(super) fn tpl(
        &mut self,
        text: &Text,
        data: Value,
        call: Span,
        frame: FrameId,
    ) -> Eval<Text> {
        if !text.as_str().contains("{{") {
            return Ok(without_no_value(text.clone()));
        }
        let parsed = self.parsed.get(text.as_str()).map(Arc::clone);
        let ast = parsed.unwrap_or_else(|| {
            let ast = Arc::new(crate::template::parse(text.as_str()));
            self.parsed.insert(Arc::clone(text.shared()), Arc::clone(&ast));
            ast
        });
        let wrap =
            |what: &str, message: &str| format!("{what} {}: {message}", go_quote(text.as_str()));
        if let Some(error) = ast.errors.first() {
            let message = wrap("cannot parse template", &error.go_message("gotpl"));
            let node = self.map_text(text, error.range).unwrap_or(call);
            let template = Arc::from(TPL_NAME);
            let frame = self.origins.enter(FrameEntry { parent: frame, call, template });
            return Err(Box::new(RenderError::new(message, Reason::Template, node, frame)));
        }
        let name: Arc<str> = Arc::from(TPL_NAME);
        self.layers.push(Layer::default());
        self.add(&name, || Code::Text(text.clone(), call), &ast);
        // The main body of a `tpl` text is executed even where it is blank and a name like its own exists already.
        let template = Named {
            name: Arc::clone(&name),
            parse_name: Arc::clone(&name),
            code: Code::Text(text.clone(), call),
            ast: Arc::clone(&ast),
            define: None,
        };
        let inner = self.origins.enter(FrameEntry { parent: frame, call, template: name });
        let mut out = TextBuilder::default();
        let result = self.run(&template, inner, &Operand::concrete(data), &mut out);
        self.layers.pop();
        match result {
            Ok(()) => Ok(without_no_value(out.finish())),
            Err(mut error) => {
                let full = wrap("error during tpl function execution for", &error.full);
                error.wrap(full);
                Err(error)
            }
        }
    }
}
