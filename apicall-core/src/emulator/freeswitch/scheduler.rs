//! FreeSWITCH's scheduler: commands that it runs later, by itself.

use super::pbx::{Alarm, Pbx};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Commands that wait for their time, by their number.
#[derive(Debug, Default)]
pub(super) struct Tasks {
    waiting: BTreeMap<u32, Task>,
    added: u32,
}

#[derive(Debug)]
struct Task {
    group: String,
    command: String,
}

impl Pbx {
    /// `sched_api +SECONDS GROUP COMMAND…`
    pub(super) fn sched_api(&mut self, words: &[String], now: Instant) -> String {
        let after = words[0]
            .strip_prefix('+')
            .and_then(|seconds| seconds.parse().ok());
        let Some(after) = after.map(Duration::from_secs) else {
            return "-ERR Invalid syntax. USAGE: [+@]<time> <group_name> <command_string>[&]\n".into();
        };
        self.tasks.added += 1;
        let id = self.tasks.added;
        let task = Task {
            group: words[1].clone(),
            command: words[2].clone(),
        };
        self.tasks.waiting.insert(id, task);
        self.timers.set(now + after, Alarm::Task(id));
        format!("+OK Added: {id}\n")
    }

    /// `sched_del` of all tasks of a group, or of one by its number.
    pub(super) fn sched_del(&mut self, words: &[String], _: Instant) -> String {
        let before = self.tasks.waiting.len();
        let gone = |id: &u32, task: &Task| task.group == words[0] || id.to_string() == words[0];
        self.tasks.waiting.retain(|id, task| !gone(id, task));
        format!("+OK Deleted: {}\n", before - self.tasks.waiting.len())
    }

    /// A task's time has come.
    pub(super) fn task_due(&mut self, id: u32, now: Instant) {
        if let Some(task) = self.tasks.waiting.remove(&id) {
            let (command, arguments) = task.command.split_once(' ').unwrap_or((&task.command, ""));
            self.print(command, arguments, now);
        }
    }
}
