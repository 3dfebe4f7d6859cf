//! What a file says that has to fit a project: numbers, which are read as those of its country, and prompts of its flow
//! that callees wait for. A file with a flow of its own is held against it when it is read, one for a project as soon as
//! that is known; either way before anything is dialed.

use super::fault::{Fault, Faults, Place, meant};
use super::file::Scenario;
use super::yaml::{Content, Node};
use crate::flow::Flow;
use crate::model::{Country, PhoneNumber, ProjectFlow, normalise};

/// Something that has to fit, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mention {
    pub(super) place: Place,
    pub(super) key: String,
    pub(super) text: String,
    pub(super) of: Mentioned,
}

/// What it has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mentioned {
    /// A number to dial.
    Number,
    /// Where the flow transfers a call to, as the timeline tells it.
    Target,
    /// A prompt that the flow plays.
    Prompt,
}

impl Mention {
    pub(super) fn new(place: Place, key: impl Into<String>, text: impl Into<String>, of: Mentioned) -> Self {
        Self {
            place,
            key: key.into(),
            text: text.into(),
            of,
        }
    }
}

impl Scenario {
    /// Whether a project with this country and this flow can be meant.
    pub fn fits(&self, country: Country, flow: &ProjectFlow) -> Result<(), Faults> {
        let flow = Flow::for_project(flow).ok();
        let wrong = |mention: &Mention| match mention.of {
            Mentioned::Number => normalise(&mention.text, country)
                .err()
                .map(|why| format!("`{}` cannot be dialed: {why}", mention.text)),
            Mentioned::Target => strange_target(&mention.text),
            Mentioned::Prompt => flow.as_ref().and_then(|flow| unheard(flow, &mention.text)),
        };
        let faults: Vec<_> = self
            .mentions
            .iter()
            .filter_map(|mention| wrong(mention).map(|why| Fault::new(mention.place, &mention.key, why)))
            .collect();
        if faults.is_empty() {
            Ok(())
        } else {
            Err(Faults::in_order(faults))
        }
    }
}

/// The timeline tells a number in E.164, and an extension with its context.
fn strange_target(text: &str) -> Option<String> {
    let number = text.parse().map(|number: PhoneNumber| number.to_string());
    let fits = text.contains('@') || number.is_ok_and(|number| number == text);
    (!fits).then(|| {
        format!(
            "`{text}` stands for whom a call is transferred to; write it as the timeline tells it, in E.164 as in \
             +573001234567, or as extension@context"
        )
    })
}

fn unheard(flow: &Flow, prompt: &str) -> Option<String> {
    let played: Vec<_> = flow.sounds().into_iter().map(|sound| sound.as_str()).collect();
    if played.contains(&prompt) {
        return None;
    }
    let meant = meant(prompt, played.iter().copied());
    Some(match played.as_slice() {
        [] => {
            format!("the flow plays no `{prompt}`, nor anything else; count from the answer, without `upon`")
        }
        played => format!(
            "the flow plays no `{prompt}`; {meant}it plays {}",
            played.join(", ")
        ),
    })
}

/// The prompts that a callee waits for.
pub(super) fn prompts(callee: &Node, key: &str) -> Vec<Mention> {
    let acts = match callee.find("do").map(|acts| &acts.node.value) {
        Some(Content::List(acts)) => acts.as_slice(),
        _ => &[],
    };
    let upon = |(at, act): (usize, &Node)| match act.find("upon").map(|upon| &upon.node) {
        Some(Node {
            place,
            value: Content::Scalar { text, .. },
            gone: false,
        }) => Some(Mention::new(
            *place,
            format!("{key}.do[{at}].upon"),
            text,
            Mentioned::Prompt,
        )),
        _ => None,
    };
    acts.iter().enumerate().filter_map(upon).collect()
}
