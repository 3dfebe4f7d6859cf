//! What is carried over: the tables, their keys and columns.

use super::Column::{self, Int, Text};

/// A table, as far as a copy has to know it.
pub(super) struct Table {
    pub(super) name: &'static str,
    /// So many of the columns, from the first, order its rows and tell them apart.
    pub(super) key: usize,
    pub(super) columns: &'static [Column],
}

/// All that is kept, in an order in which whatever is referred to comes first. Who uses the store now (`engines`) is not
/// carried over.
pub(super) const TABLES: [Table; 25] = [
    Table {
        name: "settings",
        key: 1,
        columns: &[Text("name"), Text("value")],
    },
    Table {
        name: "sequences",
        key: 1,
        columns: &[Text("name"), Int("last")],
    },
    Table {
        name: "users",
        key: 1,
        columns: &[
            Text("username"),
            Text("full_name"),
            Text("password_hash"),
            Int("token_version"),
        ],
    },
    Table {
        name: "projects",
        key: 1,
        columns: &[Int("id"), Text("name"), Text("doc")],
    },
    Table {
        name: "trunks",
        key: 1,
        columns: &[Int("id"), Text("name"), Text("doc")],
    },
    Table {
        name: "campaigns",
        key: 1,
        columns: &[
            Int("id"),
            Int("project"),
            Text("name"),
            Text("state"),
            Text("doc"),
        ],
    },
    Table {
        name: "imports",
        key: 1,
        columns: &[
            Int("id"),
            Int("campaign"),
            Text("state"),
            Text("engine"),
            Int("after_contact"),
        ],
    },
    Table {
        name: "rejects",
        key: 1,
        columns: &[
            Int("id"),
            Int("import"),
            Int("line"),
            Text("value"),
            Text("reason"),
        ],
    },
    Table {
        name: "contacts",
        key: 1,
        columns: &[
            Int("id"),
            Int("campaign"),
            Text("number"),
            Text("variables"),
            Text("state"),
            Int("attempts"),
            Int("next_attempt_at"),
            Text("last_outcome"),
            Int("import"),
            Text("held_by"),
        ],
    },
    Table {
        name: "former_contacts",
        key: 2,
        columns: &[Text("number"), Int("contact")],
    },
    Table {
        name: "live_calls",
        key: 1,
        columns: &[
            Text("id"),
            Int("project"),
            Int("campaign"),
            Int("contact"),
            Text("origin"),
            Text("number"),
            Text("switch"),
            Int("trunk"),
            Text("state"),
            Int("created_at"),
            Int("dialed_at"),
            Int("answered_at"),
            Text("answered_by"),
            Text("result"),
            Text("engine"),
            Text("rest"),
        ],
    },
    Table {
        name: "calls",
        key: 1,
        columns: &[
            Text("id"),
            Int("project"),
            Int("campaign"),
            Int("contact"),
            Text("origin"),
            Text("number"),
            Text("switch"),
            Int("trunk"),
            Int("created_at"),
            Int("dialed_at"),
            Int("answered_at"),
            Int("ended_at"),
            Text("outcome"),
            Text("answered_by"),
            Text("result"),
            Text("engine"),
            Text("rest"),
        ],
    },
    Table {
        name: "dnc",
        key: 1,
        columns: &[
            Int("id"),
            Text("number"),
            Int("project"),
            Text("origin"),
            Text("reason"),
            Text("call_id"),
            Int("added_at"),
            Int("removed_at"),
        ],
    },
    Table {
        name: "rules",
        key: 1,
        columns: &[Int("id"), Int("at"), Text("scope"), Text("doc")],
    },
    Table {
        name: "takeovers",
        key: 1,
        columns: &[Text("call_id"), Text("engine")],
    },
    Table {
        name: "runs",
        key: 1,
        columns: &[Int("id"), Text("engine"), Int("began_at"), Int("newest")],
    },
    Table {
        name: "pruned",
        key: 1,
        columns: &[Text("what"), Int("ended_at"), Text("call_id")],
    },
    Table {
        name: "moments",
        key: 2,
        columns: &[Text("call_id"), Int("piece"), Text("events")],
    },
    Table {
        name: "campaign_tallies",
        key: 3,
        columns: &[Int("campaign"), Text("what"), Text("engine"), Int("n")],
    },
    Table {
        name: "outcome_tallies",
        key: 5,
        columns: &[
            Int("span_ms"),
            Int("at"),
            Int("project"),
            Text("outcome"),
            Text("engine"),
            Int("n"),
        ],
    },
    Table {
        name: "detection_tallies",
        key: 4,
        columns: &[Int("at"), Int("project"), Text("what"), Text("engine"), Int("n")],
    },
    Table {
        name: "caller_ids",
        key: 2,
        columns: &[Int("project"), Text("caller_id"), Int("turn"), Int("rests_until")],
    },
    Table {
        name: "caller_id_tallies",
        key: 4,
        columns: &[
            Int("project"),
            Text("what"),
            Text("caller_id"),
            Text("engine"),
            Int("n"),
        ],
    },
    Table {
        name: "webhooks",
        key: 1,
        columns: &[
            Int("id"),
            Int("project"),
            Int("active"),
            Text("events"),
            Text("secret"),
            Text("doc"),
        ],
    },
    Table {
        name: "deliveries",
        key: 1,
        columns: &[
            Text("id"),
            Int("webhook"),
            Text("event"),
            Text("body"),
            Text("state"),
            Int("attempts"),
            Int("created_at"),
            Int("next_attempt_at"),
            Int("give_up_at"),
            Int("attempted_at"),
            Int("status"),
            Text("error"),
            Int("took_ms"),
            Int("ended_at"),
        ],
    },
];
