//! YAML: several documents, positions, and plain scalars as kubectl takes them.

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, Tag, options};
use serde_json::Value;

use super::{
    compose::{Composer, MAX_DEPTH, Stop, too_deep},
    report::Diagnostic,
    scalar,
    source::{Source, Span},
};

/// Reads every document. One that is no YAML is a fault; those after it are still read.
///
/// # Errors
/// A bound is broken.
pub fn read(source: &Source, composer: &mut Composer) -> Result<(), Stop> {
    let options = options! {
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
        // As the parser of kubectl, which is made after libyaml.
        block_scalar_eof_without_line_feed: true,
        emit_comments: false,
    };
    let mut parser = Parser::new_from_str_with_options(source.text(), options);
    while let Some(next) = parser.next_event() {
        match next {
            Ok((event, span)) => {
                let span = bytes(&span);
                // An object and its first field begin at the same place.
                if let Some(tab) = tab_after_dash(source, span)
                    && composer.faults.last().is_none_or(|fault| fault.at != Some(tab))
                {
                    composer.fault(tab_indents(tab))?;
                }
                take(source, composer, event, span)?;
            }
            Err(error) if *error.kind() == ErrorKind::RecursionLimitExceeded => {
                return Err(too_deep(place(&error)));
            }
            Err(error) => {
                composer.abandon();
                composer.fault(explain(source, &error))?;
                if !matches!(parser.proceed_next_document(), Ok(true)) {
                    break;
                }
            }
        }
    }
    Ok(())
}

fn take(source: &Source, composer: &mut Composer, event: Event<'_>, span: Span) -> Result<(), Stop> {
    match event {
        Event::SequenceStart(..) | Event::MappingStart(..) if composer.wants_key() => {
            let fault =
                Diagnostic::error("the name of a field must be a text, and here is a list or an object");
            Err(Stop::from(
                fault.at(span).help("write a text before the colon, in quotes if it has brackets"),
            ))
        }
        Event::SequenceStart(_, anchor, _) => composer.open_list(span, anchor),
        Event::MappingStart(_, anchor, _) => composer.open_object(span, anchor),
        Event::SequenceEnd | Event::MappingEnd => {
            // A block ends where something else begins, a bracket where it stands.
            composer.close((span.end > span.start).then_some(span.end as usize))
        }
        Event::Scalar(text, style, anchor, tag) => {
            let is_merge = style == ScalarStyle::Plain && text == "<<" && tag.is_none();
            if is_merge && composer.wants_key() {
                composer.merge_key(span);
                return Ok(());
            }
            let value = match resolve(&text, style, tag.as_deref(), span) {
                Ok(value) => value,
                Err(fault) if composer.wants_key() => return composer.refused_key(*fault),
                Err(fault) => {
                    composer.fault(*fault)?;
                    Value::Null
                }
            };
            if composer.wants_key() {
                if anchor != 0 {
                    composer.anchor_key(&value, span, anchor)?;
                }
                key(source, composer, value, span)
            } else {
                composer.scalar(value, span, anchor)
            }
        }
        Event::Alias(anchor) if composer.wants_key() => {
            let value = composer.anchored_scalar(anchor).cloned().unwrap_or_default();
            key(source, composer, value, span)
        }
        Event::Alias(anchor) => composer.alias(anchor, span),
        Event::DocumentEnd => {
            composer.end_document();
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Names that are no texts become texts as kubectl writes them.
fn key(source: &Source, composer: &mut Composer, value: Value, span: Span) -> Result<(), Stop> {
    match value {
        Value::String(name) => composer.key(name, span),
        Value::Bool(_) | Value::Number(_) => composer.key(value.to_string(), span),
        _ => {
            let written = source.slice(span);
            let fault = if written.is_empty() {
                Diagnostic::error("the name of a field is missing").at(span).help("write it before the colon")
            } else {
                Diagnostic::error(format!("{written} is no name of a field"))
                    .at(span)
                    .help(format!("write \"{written}\" in quotes: \"{written}\""))
            };
            composer.refused_key(fault)
        }
    }
}

/// The value of a scalar by its tag, or by its looks where it is plain and has none.
fn resolve(text: &str, style: ScalarStyle, tag: Option<&Tag>, span: Span) -> Result<Value, Box<Diagnostic>> {
    let core = tag.and_then(Tag::core_suffix);
    let by_looks = || {
        scalar::plain(text).map_err(|scalar::NotInJson| {
            let fault = format!("{text} cannot be sent to Kubernetes: JSON has no such number");
            let help = format!("write a number, or \"{text}\" in quotes if it is a text");
            Box::new(Diagnostic::error(fault).at(span).help(help))
        })
    };
    let value = match (core, tag) {
        (None, None) if style == ScalarStyle::Plain => return by_looks(),
        (Some("bool" | "int" | "float" | "null"), _) => by_looks()?,
        // kubectl decodes it: as it stands it would mean something else there than here.
        (None, Some(tag)) if tag.suffix_in_namespace("tag:yaml.org,2002:").as_deref() == Some("binary") => {
            let fault = Diagnostic::error("!!binary is not read here").at(span);
            return Err(Box::new(fault.help("write the text itself, in double quotes where it has escapes")));
        }
        // Tags of the user's own say nothing to kubectl either.
        _ => return Ok(Value::String(text.to_owned())),
    };
    let fits = match core {
        Some("bool") => value.is_boolean(),
        Some("int") => value.is_i64() || value.is_u64(),
        Some("float") => value.is_number(),
        _ => value.is_null(),
    };
    if fits {
        return Ok(value);
    }
    let core = core.unwrap_or_default();
    let fault = Diagnostic::error(format!("\"{text}\" is no !!{core}"));
    Err(Box::new(fault.at(span).help(format!("remove !!{core}"))))
}

fn bytes(span: &granit_parser::Span) -> Span {
    let range = span.byte_range().unwrap_or_default();
    Span::new(range.start, range.end)
}

fn place(error: &ScanError) -> Span {
    let at = error.marker().byte_offset().unwrap_or_default();
    Span::new(at, at)
}

/// The parser's word on a mistake, and what most likely mends it.
fn explain(source: &Source, error: &ScanError) -> Diagnostic {
    let span = place(error);
    let is_tab = matches!(
        error.kind(),
        ErrorKind::TabNotAllowed
            | ErrorKind::TabInBlockIndentation
            | ErrorKind::TabInIndentation
            | ErrorKind::TabInPlainScalar
            | ErrorKind::TabAtBlockScalarStart
    );
    // The parser speaks of the text that the tab is in, which may begin some lines before.
    let lines = if is_tab { 100 } else { 1 };
    let first = source.line(span.start);
    if let Some(tab) = (first..first + lines).find_map(|line| indenting_tab(source, line)) {
        return tab_indents(tab);
    }
    let (message, help) = match error.kind() {
        ErrorKind::UnknownAnchor => (
            "this alias stands for an anchor that is not defined before it in this document".to_owned(),
            "define it with &name, or quote the value if the * is part of it",
        ),
        ErrorKind::UnclosedQuotedScalar => {
            ("the quote that opens here is never closed".to_owned(), "close it")
        }
        ErrorKind::UnexpectedEofFlowSequence
        | ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofImplicitFlowMapping
        | ErrorKind::UnclosedFlowCollection { .. } => {
            ("a bracket is never closed".to_owned(), "close every [ with ] and every { with }")
        }
        ErrorKind::InvalidColonPlacement => (
            "a \":\" is not allowed here".to_owned(),
            "close the bracket before it, or put the value in quotes if the colon is part of it",
        ),
        ErrorKind::ExpectedFlowSequenceSeparator | ErrorKind::ExpectedFlowMappingSeparator => (
            "a comma or a closing bracket is missing before this".to_owned(),
            "separate what is in brackets by commas, and close every bracket",
        ),
        ErrorKind::MappingValueNotAllowed => (
            "a \": \" is not allowed here".to_owned(),
            "put the value in quotes if the colon is part of it, else check the indentation",
        ),
        // The parser speaks of the scalar that the character is in.
        ErrorKind::UnexpectedCharacter { character } if character.is_control() => {
            let rest = source.text().get(span.start as usize..).unwrap_or_default();
            let at = span.start as usize + rest.find(*character).unwrap_or_default();
            let code = u32::from(*character);
            let fault = Diagnostic::error(format!("control character U+{code:04X} in the text"));
            return fault
                .at(Span::new(at, at + character.len_utf8()))
                .help("remove it; in double quotes it can be written as an escape");
        }
        ErrorKind::UnexpectedCharacter { character } => {
            (format!("a value cannot begin with \"{character}\""), "put the value in quotes")
        }
        ErrorKind::InvalidIndentation
        | ErrorKind::ExpectedBlockMappingKey
        | ErrorKind::ExpectedBlockSequenceEntry
        | ErrorKind::SimpleKeyExpected
        | ErrorKind::InvalidSimpleKey => (
            "this line does not fit in with the lines before it".to_owned(),
            "fields of one object begin in the same column, each as \"name: value\"",
        ),
        ErrorKind::UnknownQuotedScalarEscape => (
            "no such escape in a text in double quotes".to_owned(),
            "write \\\\ for a backslash, or use single quotes, where nothing is an escape",
        ),
        kind => (format!("this is no YAML: {kind}"), "check the quotes, brackets and indentation up to here"),
    };
    Diagnostic::error(message).at(span).help(help)
}

fn tab_indents(tab: Span) -> Diagnostic {
    let fault = Diagnostic::error("a tab cannot indent: YAML takes spaces only");
    fault.at(tab).help("replace each tab at the beginning of the line by spaces")
}

/// A tab between the dash of a list and its item: YAML 1.2, which the parser reads, has it indent in some
/// places, and kubectl's parser in none.
fn tab_after_dash(source: &Source, item: Span) -> Option<Span> {
    if item.start == item.end {
        return None;
    }
    let before = source.text().get(..item.start as usize)?;
    let dash = before.trim_end_matches([' ', '\t']);
    let tab = dash.len() + before.get(dash.len()..)?.find('\t')?;
    let line = dash.strip_suffix('-')?.trim_end_matches([' ', '\t', '-']);
    (line.is_empty() || line.ends_with(['\n', '\r'])).then(|| Span::new(tab, tab + 1))
}

/// The first tab in the indentation of a line.
fn indenting_tab(source: &Source, line: usize) -> Option<Span> {
    let (start, text) = source.line_text(line);
    let indentation = text.len() - text.trim_start_matches([' ', '\t']).len();
    let tab = start as usize + text.get(..indentation)?.find('\t')?;
    Some(Span::new(tab, tab + 1))
}
