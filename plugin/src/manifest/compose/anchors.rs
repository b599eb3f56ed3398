//! Anchors and their aliases: copies of a value, within a bound of their own.

use serde_json::Value;

use super::{Built, Composer, MAX_DEPTH, PER_VALUE, Stop, too_deep};
use crate::manifest::{
    document::{Children, Node},
    report::Diagnostic,
    source::Span,
};

/// The most memory, by estimate, that aliases may fill with copies of what stands elsewhere.
pub(super) const ALIASES: usize = 64 << 20;

impl Composer<'_> {
    /// An anchor on the name of a field.
    pub fn anchor_key(&mut self, value: &Value, span: Span, anchor: usize) -> Result<(), Stop> {
        let node = Node { span, children: Children::None };
        let memory = PER_VALUE + value.as_str().map_or(0, str::len);
        self.keep(&Built { value: value.clone(), node, height: 0, memory }, anchor)
    }

    /// What an anchor holds, once more.
    pub fn alias(&mut self, anchor: usize, span: Span) -> Result<(), Stop> {
        let Some(built) = self.anchors.get(&anchor) else {
            let fault = Diagnostic::error("this alias stands for a value that it is itself a part of");
            return Err(Stop::from(fault.at(span).help("write the value out")));
        };
        if self.stack.len() + built.height > MAX_DEPTH {
            return Err(too_deep(span));
        }
        let Some(left) = self.aliases.checked_sub(built.memory) else {
            let fault = Diagnostic::error(format!(
                "aliases make this file grow beyond {} MiB of copies",
                ALIASES >> 20
            ));
            return Err(Stop::from(fault.at(span).help("use fewer aliases, or aliases of smaller values")));
        };
        let built = built.clone();
        self.aliases = left;
        self.spend(built.memory, span)?;
        self.place(built, 0)
    }

    /// The text of an anchored scalar, for an alias that stands where a name is wanted.
    pub fn anchored_scalar(&self, anchor: usize) -> Option<&Value> {
        self.anchors
            .get(&anchor)
            .map(|built| &built.value)
            .filter(|value| !value.is_array() && !value.is_object())
    }

    /// Keeps a copy for the aliases of an anchor. It counts, since anchors may stand within anchors.
    pub(super) fn keep(&mut self, built: &Built, anchor: usize) -> Result<(), Stop> {
        if anchor != 0 {
            self.spend(built.memory, built.node.span)?;
            self.anchors.insert(anchor, built.clone());
        }
        Ok(())
    }
}
