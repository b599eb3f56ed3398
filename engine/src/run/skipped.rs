//! Why a task was left out, in words.

use gene_types::{
    limits::MAX_TASK_MESSAGE_BYTES,
    plan::{Condition, TaskId},
    v1alpha1::OnSkipped,
};

use super::{
    Run,
    task::{Gate, LeftOut},
};
use crate::Failure;

/// Of a text at least so many bytes are shown, though the message is cut then.
const SHOWN_AT_LEAST: usize = 12;

const LITERAL: &str = "its condition is false";

impl Run {
    /// What a status says of a task that is left out.
    pub(super) fn words_on_skipped(&self, task: TaskId, why: &LeftOut) -> Failure {
        let plan = self.task_plan(task);
        match why {
            LeftOut::Condition(words) => words.clone(),
            LeftOut::Dependency if plan.condition == Some(Condition::Literal(false)) => {
                Self::words_on_literal()
            }
            LeftOut::Dependency => {
                let is_skipped = |task: TaskId| matches!(self.tasks[task as usize].gate, Gate::Skipped(_));
                let mut dependencies = plan.dependencies.iter();
                let which = dependencies.find(|d| d.on_skipped == OnSkipped::Skip && is_skipped(d.task));
                let name = which.map_or("", |which| self.task_plan(which.task).name.as_str());
                let message = format!("it depends on \"{name}\", which was skipped");
                Failure::new("DependencySkipped", message)
            }
        }
    }

    /// `condition: [false]`.
    pub(super) fn words_on_literal() -> Failure {
        Failure::new("ConditionFalse", LITERAL)
    }

    /// `check_result` does not hold for what the source printed.
    pub(super) fn words_on_condition(&self, task: TaskId, source: TaskId, text: &str) -> Failure {
        let printed = self.who_printed(source, text);
        let message = match &self.task_plan(task).condition {
            Some(Condition::CheckResult { expected }) => {
                let fixed = "condition:  printed , not ".len();
                let room = self.room(source, fixed) / 2;
                let (had, wanted) = (shown(text, room), shown(expected, room));
                if had == wanted {
                    // Both are cut before they differ.
                    let same = text.bytes().zip(expected.bytes()).take_while(|(one, two)| one == two).count();
                    format!("condition: {printed} another text than {wanted} from byte {} on", same + 1)
                } else if text.is_empty() {
                    format!("condition: {printed}, not {wanted}")
                } else {
                    format!("condition: {printed} {had}, not {wanted}")
                }
            }
            _ => LITERAL.to_owned(),
        };
        Failure::new("ConditionFalse", message)
    }

    /// No rule of the generic condition holds for what the source printed.
    pub(super) fn words_on_generic(&self, task: TaskId, source: TaskId, text: &str) -> Failure {
        let rules = self.task_plan(task).generic.as_ref().map_or(&[][..], |generic| &generic.rules);
        let rules: Vec<String> = rules.iter().map(ToString::to_string).collect();
        let message = if rules.is_empty() {
            "genericCondition: it has no rule, so it never holds".to_owned()
        } else {
            let fixed = "genericCondition:  printed ; no rule holds: ".len();
            let room = self.room(source, fixed) / 2;
            let had = if text.is_empty() { String::new() } else { format!(" {}", shown(text, room)) };
            let printed = self.who_printed(source, text);
            format!("genericCondition: {printed}{had}; no rule holds: {}", rules.join("; "))
        };
        Failure::new("ConditionFalse", message)
    }

    /// `"ask" printed`, or that it has printed nothing and why.
    fn who_printed(&self, source: TaskId, text: &str) -> String {
        let name = &self.task_plan(source).name;
        let is_skipped = matches!(self.tasks[source as usize].gate, Gate::Skipped(_));
        match (is_skipped, text.is_empty()) {
            (true, _) => format!("\"{name}\" was skipped and printed nothing"),
            (false, true) => format!("\"{name}\" printed nothing"),
            (false, false) => format!("\"{name}\" printed"),
        }
    }

    /// The bytes that are left in a task's message beside the source's name and so many fixed ones.
    fn room(&self, source: TaskId, fixed: usize) -> usize {
        const QUOTES: usize = 4; // around the name, as JSON
        MAX_TASK_MESSAGE_BYTES.saturating_sub(fixed + QUOTES + self.task_plan(source).name.len())
    }
}

/// A text in quotes, every character visible, in at most about so many bytes as JSON.
fn shown(text: &str, bytes: usize) -> String {
    const QUOTES_AND_MARK: usize = 4 + '…'.len_utf8();
    let room = bytes.max(SHOWN_AT_LEAST).saturating_sub(QUOTES_AND_MARK);
    let mut used = 0;
    let mut made = String::from("\"");
    for character in text.chars() {
        let escaped = character.escape_debug();
        used += escaped.clone().map(|c| if c == '\\' || c == '"' { 2 } else { c.len_utf8() }).sum::<usize>();
        if used > room {
            made.push('…');
            break;
        }
        made.extend(escaped);
    }
    made.push('"');
    made
}
