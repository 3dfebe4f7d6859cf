//! What calls have to keep to, whose rules these are, and since when.

use super::text::serde_as_text;
use super::{
    CallerId, CallingHours, Campaign, CampaignId, Invalid, Limits, NumberCaps, Project, ProjectId,
    RetryPolicy, SwitchName, Timestamp, TrunkId,
};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Whose rules.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// An engine's, by its name; empty where a store has but one.
    Engine(String),
    /// Those of all engines of a store together.
    Engines,
    /// A switch's, and the engine's that dials through it.
    Switch(String, SwitchName),
    /// A trunk's.
    Trunk(TrunkId),
    /// A project's.
    Project(ProjectId),
    /// A campaign's.
    Campaign(CampaignId),
}

/// The rules themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// How fast, and how many at once.
    #[serde(flatten)]
    pub limits: Limits,
    /// How often a contact is tried; a project's alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<RetryPolicy>,
    /// When people may be called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<CallingHours>,
    /// By which zone, where the hours are read by the project's; a project's alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// How often a number may be called; a project's alone.
    #[serde(default, skip_serializing_if = "NumberCaps::is_empty")]
    pub number_caps: NumberCaps,
    /// The numbers that callees may see; a project's alone, and absent where nobody wrote them down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller_ids: Option<Vec<CallerId>>,
    /// The trunks that calls may leave by; a project's alone, and absent where nobody wrote them down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trunks: Option<Vec<TrunkId>>,
    /// Nobody is called before; a campaign's alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<Timestamp>,
    /// Nobody is called from then on; a campaign's alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Timestamp>,
}

/// Rules that came in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RulesChange {
    /// When.
    pub at: Timestamp,
    /// Whose.
    pub scope: Scope,
    /// Which.
    pub rules: Rules,
}

impl From<Limits> for Rules {
    fn from(limits: Limits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }
}

impl From<&Project> for Rules {
    fn from(project: &Project) -> Self {
        Self {
            limits: project.limits,
            retry: Some(project.retry.clone()),
            hours: project.hours.clone(),
            timezone: Some(project.timezone.clone()),
            number_caps: project.number_caps.clone(),
            caller_ids: Some(project.shown_numbers()),
            trunks: Some(project.ways_out().iter().map(|way| way.trunk).collect()),
            ..Self::default()
        }
    }
}

impl From<&Campaign> for Rules {
    fn from(campaign: &Campaign) -> Self {
        Self {
            limits: campaign.limits,
            hours: campaign.hours.clone(),
            starts_at: campaign.starts_at,
            ends_at: campaign.ends_at,
            ..Self::default()
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Engine(name) if name.is_empty() => f.write_str("engine"),
            Self::Engine(name) => write!(f, "engine {name}"),
            Self::Engines => f.write_str("engines"),
            Self::Switch(engine, name) if engine.is_empty() => write!(f, "switch {name}"),
            Self::Switch(engine, name) => write!(f, "switch {engine}/{name}"),
            Self::Trunk(id) => write!(f, "trunk {id}"),
            Self::Project(id) => write!(f, "project {id}"),
            Self::Campaign(id) => write!(f, "campaign {id}"),
        }
    }
}

impl FromStr for Scope {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let (kind, whose) = text.split_once(' ').unwrap_or((text, ""));
        Ok(match kind {
            "engine" => Self::Engine(whose.to_owned()),
            "engines" if whose.is_empty() => Self::Engines,
            "switch" => {
                let (engine, name) = whose.split_once('/').unwrap_or(("", whose));
                Self::Switch(engine.to_owned(), name.parse()?)
            }
            "trunk" => Self::Trunk(whose.parse()?),
            "project" => Self::Project(whose.parse()?),
            "campaign" => Self::Campaign(whose.parse()?),
            _ => {
                return Err(Invalid::new(
                    "scope",
                    text,
                    "use engine, engines, switch, trunk, project or campaign, and which",
                ));
            }
        })
    }
}

serde_as_text!(Scope);

#[cfg(test)]
mod tests {
    use super::{Rules, Scope};

    #[test]
    fn a_scope_is_read_as_it_is_written() {
        let table = [
            Scope::Engine(String::new()),
            Scope::Engine("a".to_owned()),
            Scope::Engines,
            Scope::Switch(String::new(), "pbx1".parse().unwrap()),
            Scope::Switch("a.b".to_owned(), "pbx1".parse().unwrap()),
            Scope::Trunk(1.try_into().unwrap()),
            Scope::Project(2.try_into().unwrap()),
            Scope::Campaign(3.try_into().unwrap()),
        ];
        for scope in table {
            assert_eq!(scope.to_string().parse::<Scope>().unwrap(), scope);
        }
        for text in ["", "engines of a", "trunk", "trunk 0", "switch a/", "world"] {
            assert!(text.parse::<Scope>().is_err(), "{text}");
        }
    }

    #[test]
    fn rules_are_read_as_they_are_written() {
        for text in [
            "{}",
            r#"{"cps":5.0,"channels":3}"#,
            r#"{"cps":0.5,"retry":{"max_attempts":2,"delay_s":{"busy":60}}}"#,
            r#"{"caller_ids":[],"trunks":[]}"#,
            r#"{"caller_ids":["+573001110001","5551234"],"trunks":[2,1]}"#,
        ] {
            let rules: Rules = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&rules).unwrap(), text);
        }
    }
}
