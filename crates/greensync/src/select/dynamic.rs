//! A select over a number of operations that is known at run time alone.

use std::fmt;
use std::time::Duration;

use greenctx::Interrupted;
use greenstd::thread;
use greenstd::time::{self, Instant};

use super::arms::{self, AsArm, LookArm, RecvArm, SendArm};
use super::error::{ReadyTimeoutError, SelectTimeoutError, TryReadyError, TrySelectError};
use crate::channel::{Receiver, RecvError, SendError, Sender};
use crate::monitor::select::{Arm, Numbered, Order, Patience, Selected, select};

/// Waits for several channel operations, as many as there are at run time, and selects one that can be done.
/// If their number is known, [`select!`](crate::select!) is handier.
///
/// Operations are added by [`recv`](Self::recv) and [`send`](Self::send), which return their numbers.
/// [`select`](Self::select) and its like choose one. Complete the [`SelectedOperation`] that they return with the
/// same half of the channel. [`ready`](Self::ready) and its like only tell which operation could be done. A
/// `Select` can be used any number of times.
///
/// ```
/// use greensync::{Select, unbounded};
///
/// let (senders, receivers): (Vec<_>, Vec<_>) = (0..5).map(|_| unbounded()).unzip();
/// senders[3].send("hello")?;
///
/// let mut select = Select::new();
/// for receiver in &receivers {
///     select.recv(receiver);
/// }
/// let operation = select.select()?;
/// let chosen = operation.index();
/// assert_eq!((chosen, operation.recv(&receivers[chosen])), (3, Ok("hello")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// If several can be done, chance decides, or with [`new_biased`](Self::new_biased) the one that was added first.
/// An operation on a closed channel can be done, and fails. [`remove`](Self::remove) it, or it is chosen again and
/// again.
#[doc(alias = "select_all")]
#[doc(alias = "race")]
#[derive(Clone)]
pub struct Select<'a> {
    operations: Vec<(usize, &'a dyn Half)>,
    next: usize,
    order: Order,
}

impl<'a> Select<'a> {
    /// A select without an operation.
    ///
    /// ```
    /// use greensync::{Select, bounded};
    ///
    /// let (_sender, receiver) = bounded::<u32>(1);
    /// let mut select = Select::new();
    /// assert_eq!(select.recv(&receiver), 0);
    /// assert!(select.try_select().is_err()); // no message is there
    /// ```
    pub fn new() -> Self {
        Select { operations: Vec::new(), next: 0, order: Order::Chance }
    }

    /// A select without an operation, which prefers operations that are added first.
    ///
    /// Take it if one operation must not wait its turn. The others starve as long as that one can be done.
    ///
    /// ```
    /// use greensync::{Select, bounded};
    ///
    /// let (stop, stopped) = bounded(1);
    /// let (order, orders) = bounded(1);
    /// order.send("coffee")?;
    /// stop.send("stop")?;
    ///
    /// let mut select = Select::new_biased();
    /// let first = select.recv(&stopped);
    /// select.recv(&orders);
    /// let operation = select.select()?;
    /// assert_eq!(operation.index(), first); // never the order
    /// assert_eq!(operation.recv(&stopped), Ok("stop"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "biased")]
    pub fn new_biased() -> Self {
        Select { order: Order::Given, ..Select::new() }
    }

    /// Adds the receiving of a message, and returns the number of this operation.
    ///
    /// ```
    /// use greensync::{Select, bounded};
    ///
    /// let (sender, receiver) = bounded(1);
    /// sender.send(5)?;
    /// let mut select = Select::new();
    /// let number = select.recv(&receiver);
    /// let operation = select.select()?;
    /// assert_eq!(operation.index(), number);
    /// assert_eq!(operation.recv(&receiver), Ok(5));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn recv<T>(&mut self, receiver: &'a Receiver<T>) -> usize {
        self.add(receiver)
    }

    /// Adds the sending of a message, and returns the number of this operation. The message is given when the
    /// operation is [completed](SelectedOperation::send).
    ///
    /// ```
    /// use greensync::{Select, bounded};
    ///
    /// let (sender, receiver) = bounded(1);
    /// let mut select = Select::new();
    /// select.send(&sender);
    /// select.select()?.send(&sender, "hello")?; // there is room
    /// assert_eq!(receiver.recv(), Ok("hello"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn send<T>(&mut self, sender: &'a Sender<T>) -> usize {
        self.add(sender)
    }

    fn add(&mut self, half: &'a dyn Half) -> usize {
        let number = self.next;
        self.operations.push((number, half));
        self.next += 1;
        number
    }

    /// Removes an operation. The others keep their numbers, and its number is not used again.
    ///
    /// # Panics
    /// If there is none with this number.
    ///
    /// ```
    /// use greensync::{Select, bounded};
    ///
    /// let (sender, receiver) = bounded::<u32>(1);
    /// drop(sender);
    /// let mut select = Select::new();
    /// let number = select.recv(&receiver);
    /// assert!(select.select()?.recv(&receiver).is_err()); // it has ended
    /// select.remove(number);
    /// assert!(select.try_select().is_err()); // else it would be chosen again
    /// # Ok::<(), greensync::Interrupted>(())
    /// ```
    pub fn remove(&mut self, number: usize) {
        let place = self.operations.iter().position(|(other, _)| *other == number);
        self.operations.remove(place.expect("there is no operation with this number"));
    }

    /// Waits until one of the operations can be done, and selects it.
    ///
    /// # Errors
    /// [`Interrupted`] if it has to wait, or [its turn is over](crate#giving-way), and the green thread is cancelled or
    /// the deadline of a scope passes. Then none has been selected.
    ///
    /// # Panics
    /// If there is no operation. In [`no_park`](crate::no_park), if it has to wait.
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the OS thread.
    ///
    /// ```
    /// use greensync::{Select, bounded};
    ///
    /// let (sender, receiver) = bounded(1);
    /// std::thread::spawn(move || sender.send("hello"));
    /// let mut select = Select::new();
    /// select.recv(&receiver);
    /// let operation = select.select()?;
    /// assert_eq!(operation.recv(&receiver), Ok("hello"));
    /// # Ok::<(), greensync::Interrupted>(())
    /// ```
    pub fn select(&mut self) -> Result<SelectedOperation<'a>, Interrupted> {
        self.assert_some();
        match self.choose(Patience::ForEver) {
            Err(SelectTimeoutError::Interrupted(interrupted)) => Err(interrupted),
            chosen => Ok(chosen.expect("there was no time limit")),
        }
    }

    /// Selects one of the operations, if one can be done at once.
    ///
    /// # Errors
    /// [`TrySelectError`] if none can.
    ///
    /// # Blocking
    /// Does not wait; now and then it [gives way](crate#giving-way).
    ///
    /// ```
    /// use greensync::{Select, TrySelectError, bounded};
    ///
    /// let (sender, receiver) = bounded(1);
    /// let mut select = Select::new();
    /// select.recv(&receiver);
    /// assert_eq!(select.try_select().err(), Some(TrySelectError));
    /// sender.send(5)?;
    /// assert_eq!(select.try_select()?.recv(&receiver), Ok(5));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn try_select(&mut self) -> Result<SelectedOperation<'a>, TrySelectError> {
        self.choose(Patience::None).map_err(|_| TrySelectError)
    }

    /// As [`select`](Self::select), but waits for `timeout` at most. Without an operation it waits for that time.
    ///
    /// # Errors
    /// As `select`, and [`SelectTimeoutError::Timeout`].
    ///
    /// # Panics
    /// In [`no_park`](crate::no_park), if it has to wait.
    ///
    /// # Blocking
    /// As `select`.
    ///
    /// ```
    /// use greensync::{Select, SelectTimeoutError, bounded};
    /// use std::time::Duration;
    ///
    /// let (_sender, receiver) = bounded::<u32>(1);
    /// let mut select = Select::new();
    /// select.recv(&receiver);
    /// let selected = select.select_timeout(Duration::from_millis(1));
    /// assert_eq!(selected.err(), Some(SelectTimeoutError::Timeout));
    /// ```
    pub fn select_timeout(
        &mut self,
        timeout: Duration,
    ) -> Result<SelectedOperation<'a>, SelectTimeoutError> {
        self.choose(time::after(timeout).map_or(Patience::ForEver, Patience::Until))
    }

    /// As [`select`](Self::select), but waits until `deadline` at the latest. Without an operation it waits until then.
    ///
    /// # Errors
    /// As [`select_timeout`](Self::select_timeout).
    ///
    /// # Panics
    /// As `select_timeout`.
    ///
    /// # Blocking
    /// As `select`.
    ///
    /// ```
    /// use greensync::{Select, unbounded};
    /// use std::time::{Duration, Instant};
    ///
    /// let (sender, receiver) = unbounded();
    /// sender.send(1)?;
    /// sender.send(2)?;
    /// let mut select = Select::new();
    /// select.recv(&receiver);
    /// let end = Instant::now() + Duration::from_millis(1); // for all rounds together
    /// let mut sum = 0;
    /// while let Ok(operation) = select.select_deadline(end) {
    ///     sum += operation.recv(&receiver)?;
    /// }
    /// assert_eq!(sum, 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn select_deadline(
        &mut self,
        deadline: Instant,
    ) -> Result<SelectedOperation<'a>, SelectTimeoutError> {
        self.choose(Patience::Until(deadline))
    }

    /// Waits until one of the operations could be done, and returns its number.
    ///
    /// Another thread may do it before the caller comes to it, so use `try_recv` or `try_send` then. Take
    /// [`select`](Self::select) if the operation is to be done for certain.
    ///
    /// # Errors
    /// As [`select`](Self::select).
    ///
    /// # Panics
    /// As `select`.
    ///
    /// # Blocking
    /// As `select`.
    ///
    /// ```
    /// use greensync::{Select, bounded};
    ///
    /// let (sender, receiver) = bounded(1);
    /// sender.send(5)?;
    /// let mut select = Select::new();
    /// let number = select.recv(&receiver);
    /// assert_eq!(select.ready()?, number);
    /// assert_eq!(receiver.try_recv(), Ok(5)); // `ready` has not taken it
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn ready(&mut self) -> Result<usize, Interrupted> {
        self.assert_some();
        match self.look(Patience::ForEver) {
            Err(ReadyTimeoutError::Interrupted(interrupted)) => Err(interrupted),
            found => Ok(found.expect("there was no time limit")),
        }
    }

    /// The number of one of the operations that can be done at once, if there is one.
    ///
    /// # Errors
    /// [`TryReadyError`] if there is none.
    ///
    /// # Blocking
    /// Does not wait; now and then it [gives way](crate#giving-way).
    ///
    /// ```
    /// use greensync::{Select, TryReadyError, bounded};
    ///
    /// let (sender, _receiver) = bounded(1);
    /// let mut select = Select::new();
    /// let number = select.send(&sender);
    /// assert_eq!(select.try_ready(), Ok(number)); // there is room
    /// sender.send(5)?;
    /// assert_eq!(select.try_ready(), Err(TryReadyError)); // now there is none
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn try_ready(&mut self) -> Result<usize, TryReadyError> {
        self.look(Patience::None).map_err(|_| TryReadyError)
    }

    /// As [`ready`](Self::ready), but waits for `timeout` at most. Without an operation it waits for that time.
    ///
    /// # Errors
    /// As `ready`, and [`ReadyTimeoutError::Timeout`].
    ///
    /// # Panics
    /// In [`no_park`](crate::no_park), if it has to wait.
    ///
    /// # Blocking
    /// As `select`.
    ///
    /// ```
    /// use greensync::{ReadyTimeoutError, Select, bounded};
    /// use std::time::Duration;
    ///
    /// let (_sender, receiver) = bounded::<u32>(1);
    /// let mut select = Select::new();
    /// select.recv(&receiver);
    /// let found = select.ready_timeout(Duration::from_millis(1));
    /// assert_eq!(found, Err(ReadyTimeoutError::Timeout));
    /// ```
    pub fn ready_timeout(&mut self, timeout: Duration) -> Result<usize, ReadyTimeoutError> {
        self.look(time::after(timeout).map_or(Patience::ForEver, Patience::Until))
    }

    /// As [`ready`](Self::ready), but waits until `deadline` at the latest. Without an operation it waits until then.
    ///
    /// # Errors
    /// As [`ready_timeout`](Self::ready_timeout).
    ///
    /// # Panics
    /// As `ready_timeout`.
    ///
    /// # Blocking
    /// As `select`.
    ///
    /// ```
    /// use greensync::{ReadyTimeoutError, Select, bounded};
    /// use std::time::{Duration, Instant};
    ///
    /// let (_sender, receiver) = bounded::<u32>(1);
    /// let mut select = Select::new();
    /// select.recv(&receiver);
    /// let found = select.ready_deadline(Instant::now() + Duration::from_millis(1));
    /// assert_eq!(found, Err(ReadyTimeoutError::Timeout));
    /// ```
    pub fn ready_deadline(&mut self, deadline: Instant) -> Result<usize, ReadyTimeoutError> {
        self.look(Patience::Until(deadline))
    }

    fn assert_some(&self) {
        assert!(!self.operations.is_empty(), "no operation has been added to the select");
    }

    fn choose(&self, patience: Patience) -> Result<SelectedOperation<'a>, SelectTimeoutError> {
        let mut arms: Vec<_> =
            self.operations.iter().map(|(number, half)| (*number, half.arm())).collect();
        let mut numbered: Vec<Numbered<'_>> =
            arms.iter().map(|(number, arm)| (*number, arm.as_arm())).collect();
        let chosen = match select(&mut numbered, self.order, patience) {
            Selected::Arm(number) => number,
            Selected::TimedOut => return Err(SelectTimeoutError::Timeout),
            Selected::Interrupted(reason) => return Err(SelectTimeoutError::Interrupted(reason)),
        };
        let place = arms.iter().position(|(number, _)| *number == chosen);
        let place = place.expect("the chosen one is there");
        let (_, half) = self.operations[place];
        let answer = arms.swap_remove(place).1.settle();
        Ok(SelectedOperation { index: chosen, half, answer })
    }

    fn look(&self, patience: Patience) -> Result<usize, ReadyTimeoutError> {
        let arms: Vec<_> =
            self.operations.iter().map(|(number, half)| (*number, half.look())).collect();
        let mut numbered: Vec<Numbered<'_>> =
            arms.iter().map(|(number, arm)| (*number, arm.as_arm())).collect();
        match select(&mut numbered, self.order, patience) {
            Selected::Arm(number) => Ok(number),
            Selected::TimedOut => Err(ReadyTimeoutError::Timeout),
            Selected::Interrupted(reason) => Err(ReadyTimeoutError::Interrupted(reason)),
        }
    }
}

impl Default for Select<'_> {
    fn default() -> Self {
        Select::new()
    }
}

impl fmt::Debug for Select<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Select").field("operations", &self.operations.len()).finish()
    }
}

/// An operation that a [`Select`] has chosen. Complete it by [`recv`](Self::recv) or [`send`](Self::send), which
/// do not wait.
///
/// On a channel without room, the receiver to which the message was promised waits for it meanwhile. So complete the
/// send soon, and do not wait for that receiver before.
///
/// # Panics
/// If it is dropped without being completed. A message that was received is then the next one of its channel again,
/// and the promise of a message is taken back.
///
/// ```
/// use greensync::{Select, bounded};
///
/// let (sender, receiver) = bounded(1);
/// let mut select = Select::new();
/// let (sending, receiving) = (select.send(&sender), select.recv(&receiver));
/// for expected in [sending, receiving] {
///     let operation = select.select()?;
///     assert_eq!(operation.index(), expected);
///     if operation.index() == sending {
///         operation.send(&sender, "hello")?;
///     } else {
///         assert_eq!(operation.recv(&receiver), Ok("hello"));
///     }
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "it must be completed by recv() or send()"]
pub struct SelectedOperation<'a> {
    index: usize,
    half: &'a dyn Half,
    answer: Answer,
}

/// What was reserved for the operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    /// A message, which the channel holds under this number.
    Held(usize),
    Promised,
    Closed,
    /// It has been completed.
    Taken,
}

impl SelectedOperation<'_> {
    /// The number of the operation, as it was returned when the operation was added.
    ///
    /// ```
    /// use greensync::{Select, bounded};
    ///
    /// let (sender, receiver) = bounded(1);
    /// let mut select = Select::new();
    /// let number = select.send(&sender);
    /// let operation = select.select()?;
    /// assert_eq!(operation.index(), number);
    /// operation.send(&sender, "hello")?;
    /// # drop(receiver);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn index(&self) -> usize {
        self.index
    }

    /// Completes a receive. `receiver` is the one that was given to [`Select::recv`], or one of the same
    /// channel.
    ///
    /// # Errors
    /// [`RecvError::Disconnected`] if the channel is closed, and nothing was left in it.
    ///
    /// # Panics
    /// If the operation is another one.
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    ///
    /// ```
    /// use greensync::{RecvError, Select, bounded};
    ///
    /// let (sender, receiver) = bounded::<u32>(1);
    /// drop(sender);
    /// let mut select = Select::new();
    /// select.recv(&receiver);
    /// assert_eq!(select.select()?.recv(&receiver), Err(RecvError::Disconnected));
    /// # Ok::<(), greensync::Interrupted>(())
    /// ```
    pub fn recv<T>(mut self, receiver: &Receiver<T>) -> Result<T, RecvError> {
        self.assert_same(receiver);
        match self.take() {
            Answer::Held(number) => {
                Ok(receiver.channel().take_held(number).expect("it was not handed out yet"))
            }
            _ => Err(RecvError::Disconnected),
        }
    }

    /// Completes a send. `sender` is the one that was given to [`Select::send`], or one of the same channel.
    ///
    /// # Errors
    /// [`SendError::Disconnected`], with the message, if the channel is closed.
    ///
    /// # Panics
    /// If the operation is another one.
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    ///
    /// ```
    /// use greensync::{Select, bounded};
    ///
    /// let (sender, receiver) = bounded(1);
    /// drop(receiver);
    /// let mut select = Select::new();
    /// select.send(&sender);
    /// let sent = select.select()?.send(&sender, "hello");
    /// assert_eq!(sent.map_err(|error| error.into_inner()), Err("hello"));
    /// # Ok::<(), greensync::Interrupted>(())
    /// ```
    pub fn send<T>(mut self, sender: &Sender<T>, message: T) -> Result<(), SendError<T>> {
        self.assert_same(sender);
        match self.take() {
            Answer::Promised => {
                let sent = sender.channel().fulfil(message);
                sent.map_err(|message| SendError::Disconnected(message.into()))
            }
            _ => Err(SendError::Disconnected(message.into())),
        }
    }

    #[track_caller]
    fn assert_same(&self, half: &dyn Half) {
        assert!(
            self.half.operation() == half.operation(),
            "the selected operation is one of another channel, or of the other half"
        );
    }

    fn take(&mut self) -> Answer {
        std::mem::replace(&mut self.answer, Answer::Taken)
    }
}

impl Drop for SelectedOperation<'_> {
    fn drop(&mut self) {
        let answer = self.take();
        self.half.abandon(answer);
        let is_completed = answer == Answer::Taken;
        assert!(
            is_completed || thread::panicking(),
            "a SelectedOperation was dropped without being completed"
        );
    }
}

impl fmt::Debug for SelectedOperation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SelectedOperation").field("index", &self.index).finish_non_exhaustive()
    }
}

/// A half of a channel, whatever the type of its messages.
trait Half {
    /// The arm that does its operation.
    fn arm(&self) -> Box<dyn Settle + '_>;

    /// The arm that looks whether the operation can be done.
    fn look(&self) -> Box<dyn AsArm + '_>;

    /// The identity of its operation: other channels, and the other half, have another one.
    fn operation(&self) -> (*const (), bool);

    /// The operation is not completed.
    fn abandon(&self, answer: Answer);
}

/// An arm of which the chosen one is settled.
trait Settle: AsArm {
    /// What was reserved for the chosen one.
    fn settle(self: Box<Self>) -> Answer;
}

impl<T> Half for Receiver<T> {
    fn arm(&self) -> Box<dyn Settle + '_> {
        Box::new(Receiving { arm: RecvArm::new(self), receiver: self })
    }

    fn look(&self) -> Box<dyn AsArm + '_> {
        Box::new(LookArm::<'_, T, arms::Receive>::new(self.channel()))
    }

    fn operation(&self) -> (*const (), bool) {
        (std::ptr::from_ref(self.channel()).cast(), false)
    }

    fn abandon(&self, answer: Answer) {
        if let Answer::Held(number) = answer {
            self.channel().put_back(number);
        }
    }
}

impl<T> Half for Sender<T> {
    fn arm(&self) -> Box<dyn Settle + '_> {
        Box::new(SendArm::new(self))
    }

    fn look(&self) -> Box<dyn AsArm + '_> {
        Box::new(LookArm::<'_, T, arms::Send>::new(self.channel()))
    }

    fn operation(&self) -> (*const (), bool) {
        (std::ptr::from_ref(self.channel()).cast(), true)
    }

    fn abandon(&self, answer: Answer) {
        if answer == Answer::Promised {
            self.channel().break_promise();
        }
    }
}

struct Receiving<'a, T> {
    arm: RecvArm<'a, T>,
    receiver: &'a Receiver<T>,
}

impl<T> AsArm for Receiving<'_, T> {
    fn as_arm(&self) -> &dyn Arm {
        self.arm.as_arm()
    }
}

impl<T> Settle for Receiving<'_, T> {
    fn settle(self: Box<Self>) -> Answer {
        match self.arm.into_received() {
            Some(message) => Answer::Held(self.receiver.channel().hold(message)),
            None => Answer::Closed,
        }
    }
}

impl<T> AsArm for SendArm<'_, T> {
    fn as_arm(&self) -> &dyn Arm {
        SendArm::as_arm(self)
    }
}

impl<T> Settle for SendArm<'_, T> {
    fn settle(self: Box<Self>) -> Answer {
        if self.take_promise() { Answer::Promised } else { Answer::Closed }
    }
}
