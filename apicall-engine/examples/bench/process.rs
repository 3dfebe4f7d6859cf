//! What a process uses, by the kernel's account.

use std::fs;
use std::ops::{AddAssign, Sub};
use std::process::Command;

/// CPU seconds a process has used, in hundredths.
pub(crate) fn cpu_s(pid: u32) -> f64 {
    cpu_of(&fs::read_to_string(format!("/proc/{pid}/stat")).unwrap())
}

/// The same of the threads of this process with that name.
pub(crate) fn thread_cpu_s(name: &str) -> f64 {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    tasks
        .map(|task| task.unwrap().path())
        .filter(|task| fs::read_to_string(task.join("comm")).is_ok_and(|comm| comm.trim() == name))
        .map(|task| cpu_of(&fs::read_to_string(task.join("stat")).unwrap()))
        .sum()
}

fn cpu_of(stat: &str) -> f64 {
    // The name, in brackets, may hold blanks.
    let fields: Vec<_> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks: f64 = fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap();
    ticks / 100.0
}

/// The time of all processors, in seconds.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Machine {
    pub(crate) all_s: f64,
    pub(crate) idle_s: f64,
}

impl Machine {
    /// Since the machine was started.
    pub(crate) fn now() -> Self {
        let stat = fs::read_to_string("/proc/stat").unwrap();
        let ticks = stat.lines().next().unwrap().split_whitespace().skip(1);
        // user, nice, system, idle, iowait, irq, softirq, steal; guests are in user already.
        let seconds: Vec<_> = ticks
            .take(8)
            .map(|ticks| ticks.parse::<f64>().unwrap() / 100.0)
            .collect();
        Self {
            all_s: seconds.iter().sum(),
            idle_s: seconds[3] + seconds[4],
        }
    }
}

impl Sub for Machine {
    type Output = Self;
    fn sub(self, earlier: Self) -> Self {
        Self {
            all_s: self.all_s - earlier.all_s,
            idle_s: self.idle_s - earlier.idle_s,
        }
    }
}

impl AddAssign for Machine {
    fn add_assign(&mut self, more: Self) {
        self.all_s += more.all_s;
        self.idle_s += more.idle_s;
    }
}

/// Memory a process has in RAM, in KiB.
pub(crate) fn memory_kib(pid: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// The answer of a `dev/lab` command.
pub(crate) fn lab(command: &[&str]) -> String {
    let lab = std::env::var("APICALL_LAB").expect("run in the lab: dev/bench asterisk");
    let output = Command::new(lab).args(command).output().unwrap();
    assert!(output.status.success(), "dev/lab {command:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}
