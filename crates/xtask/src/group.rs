//! A child process with everything it starts: one process group, stopped as a whole.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::rc::Rc;
use std::sync::mpsc;
use std::time::Duration;
use std::{io, thread};

use crate::clock::wait_until;
use crate::counts::Counts;
use crate::failure::Failure;
use crate::watchdog::Watchdog;

/// How long a group may take to leave after it was asked to.
const LEAVE_SECONDS_MAX: u64 = 10;

/// No single step may hold a build machine longer than this.
const STEP_MINUTES_MAX: u64 = 25;

/// How a group is asked to leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signal {
    /// PgBouncer and everything else.
    Term,
    /// PostgreSQL's immediate shutdown: its data is thrown away with its folder.
    Quit,
}

/// A running child. Dropping it stops the group, also when the child itself has ended and left
/// something behind.
#[derive(Debug)]
pub(crate) struct Group {
    child: Child,
    signal: Signal,
    watchdog: Rc<Watchdog>,
}

impl Signal {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Term => "TERM",
            Self::Quit => "QUIT",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        [Self::Term, Self::Quit]
            .into_iter()
            .find(|signal| signal.name() == name)
    }
}

impl Group {
    /// Starts the command in a group of its own, with no input, under the watchdog's eyes.
    pub(crate) fn start(
        watchdog: &Rc<Watchdog>,
        command: &mut Command,
        signal: Signal,
    ) -> Result<Self, Failure> {
        let program = command.get_program().to_string_lossy().into_owned();
        let child = command
            .process_group(0)
            .stdin(Stdio::null())
            .spawn()
            .map_err(|error| Failure::because(format!("cannot start `{program}`"), error))?;
        let group = Self {
            child,
            signal,
            watchdog: Rc::clone(watchdog),
        };
        watchdog.started(group.child.id(), signal)?;
        Ok(group)
    }

    /// Whether the child itself has ended.
    pub(crate) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits until the child ends.
    pub(crate) fn wait(&mut self) -> Result<ExitStatus, Failure> {
        self.child
            .wait()
            .map_err(|error| Failure::because("cannot wait for a child", error))
    }

    fn wait_for_step(&mut self) -> Result<ExitStatus, Failure> {
        let limit = Duration::from_secs(STEP_MINUTES_MAX * 60);
        if !wait_until(limit, || self.has_ended()) {
            let sentence = format!("stopped after {STEP_MINUTES_MAX} minutes");
            return Err(Failure::new(sentence));
        }
        self.wait()
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let group = self.child.id();
        let child = &mut self.child;
        // An unreaped child would keep its group alive for ever.
        ask(group, self.signal);
        see_off(group, || drop(child.try_wait()));
        if let Err(failure) = self.watchdog.ended(group) {
            eprintln!("{failure}");
        }
    }
}

/// Runs a command to its end with its output as it comes.
pub(crate) fn run(watchdog: &Rc<Watchdog>, command: &mut Command) -> Result<(), Failure> {
    let status = Group::start(watchdog, command, Signal::Term)?.wait_for_step()?;
    if status.success() {
        Ok(())
    } else {
        Err(failed(command, status))
    }
}

/// Runs a command whose standard output tells how many tests passed; the output goes through.
pub(crate) fn run_counting(
    watchdog: &Rc<Watchdog>,
    command: &mut Command,
    count: fn(&mut Counts, &str),
) -> Result<(Counts, bool), Failure> {
    let mut group = Group::start(watchdog, command.stdout(Stdio::piped()), Signal::Term)?;
    let pipe = group.child.stdout.take();
    let (sender, receiver) = mpsc::sync_channel(1);
    let reader = thread::Builder::new().spawn(move || {
        let mut counts = Counts::default();
        // Bytes, because a test may print what is not UTF-8.
        let lines = pipe
            .into_iter()
            .flat_map(|pipe| BufReader::new(pipe).split(b'\n'));
        for line in lines.map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line);
            count(&mut counts, &line);
            if writeln!(io::stdout(), "{line}").is_err() {
                break;
            }
        }
        // Nobody listens any more when the step has been given up.
        sender.send(counts).unwrap_or_default();
    });
    reader.map_err(|error| Failure::because("cannot start a thread", error))?;
    let status = group.wait_for_step()?;
    // Whatever the child left behind may hold the pipe open: stop it before reading to the end.
    drop(group);
    let counts = receiver
        .recv_timeout(Duration::from_secs(LEAVE_SECONDS_MAX))
        .map_err(|_| Failure::new("it left a process behind, in a session of its own"))?;
    Ok((counts, status.success()))
}

/// Asks a group to leave.
pub(crate) fn ask(group: u32, signal: Signal) {
    send(group, signal.name());
}

/// Waits until a group that was asked has left, and makes it leave when it does not; `reap` runs
/// at each look.
pub(crate) fn see_off(group: u32, mut reap: impl FnMut()) {
    let limit = Duration::from_secs(LEAVE_SECONDS_MAX);
    let mut has_left = || {
        reap();
        !send(group, "0")
    };
    if !wait_until(limit, &mut has_left) {
        send(group, "KILL");
        wait_until(limit, has_left);
    }
}

/// Sends a signal to a process group; `false` when there is no such group any more. The shell
/// is the one sender that exists everywhere.
fn send(group: u32, signal: &str) -> bool {
    let mut shell = Command::new("sh");
    shell
        .args(["-c", r#"kill -s "$0" -- "-$1" 2>/dev/null"#, signal])
        .arg(group.to_string());
    shell
        .stdin(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn failed(command: &Command, status: ExitStatus) -> Failure {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let line: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
    Failure::because(format!("`{}`", line.join(" ")), status)
}
