//! The macros `select!` and `select_biased!`.

/// Waits for several channel operations, does the first one that can be done, and no other.
///
/// ```
/// use std::time::Duration;
/// use greensync::{select, unbounded};
///
/// let (orders, incoming) = unbounded();
/// let (outgoing, _bills) = unbounded();
/// let (_stop, stopped) = unbounded::<()>();
/// orders.send("coffee")?;
///
/// let mut served = 0;
/// while served < 3 {
///     select! {
///         recv(incoming) -> order => {
///             println!("{}", order?);
///             served += 1;
///         }
///         send(outgoing, "the bill") -> sent => {
///             sent?;
///             served += 1;
///         }
///         recv(stopped) -> _ => break,
///         default(Duration::from_secs(1)) => println!("nothing to do"),
///     }
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// The arms are written as those of a `match`:
///
/// - `recv(receiver) -> result => body`: `result` is what [`recv`](crate::Receiver::recv) would return, and
///   thus an error if the channel is closed.
/// - `send(sender, message) -> result => body`: `result` is what [`send`](crate::Sender::send) would return.
/// - `default => body`: if no operation can be done at once.
/// - `default(limit) => body`: if none can be done in time; `limit` is a `Duration` from now on, or an `Instant`.
/// - `interrupted(error) => body`: if the wait is [interrupted](crate::Interrupted), by a cancellation or
///   by the deadline of a scope. Without this arm the *first* operation is chosen, and its
///   result is the error. So a loop that ends when an operation fails ends then too.
///
/// If several operations can be done, chance decides. [`select_biased!`](crate::select_biased!) prefers the first one.
/// An operation on a closed channel can be done, and fails. Replace a receiver that has ended by
/// [`never()`](crate::never), or it is chosen again and again.
///
/// Each `recv` and `send` takes its half of the channel, or a reference to it. There are up to 32. With none, and a
/// `default`, the select waits for the time alone. If the number of channels is known at run time alone, take
/// [`Select`](crate::Select).
///
/// Receivers, senders and the limit are evaluated on entry, in the order in which they are written. The message of
/// a `send` is evaluated when its arm is chosen, and no other message is. If it panics or leaves the select, nothing is
/// sent. On a channel without room, a receiver was promised the message and waits for it meanwhile. So the message must
/// not depend on that receiver, and is better made beforehand if it takes long.
///
/// # Panics
/// In [`no_park`](crate::no_park), if it has to wait.
///
/// # Blocking
/// Parks the green thread, or blocks the OS thread. With a plain `default` it does not wait.
#[doc(alias = "race")]
#[doc(alias = "wait any")]
#[macro_export]
macro_rules! select {
    // All arms are read. Each becomes a value `RecvArm` or `SendArm`; the chosen one gives its result, and
    // the arms end before the body runs, so that the body may use what they borrowed.
    (
        @arms
        [
            $order:ident
            $((
                $kind:ident $arm:ident $number:tt ($operand:expr) ($($message:expr)?)
                ($pattern:pat) ($body:expr)
            ))+
        ]
        [$(($wait:expr) ($default:expr))?]
        [$interrupted:ident $(($error:pat) ($interrupted_body:expr))?]
        $names:tt
    ) => {{
        let (outcome, results) = match ($($crate::select_parts::$kind::new($operand),)+) {
            ($($arm,)+) => {
                let wait = $crate::select!(@wait $($wait)?);
                let outcome =
                    $crate::select_parts::$order([$($arm.arm($number)),+], &wait).$interrupted();
                let results = ($(
                    if outcome.chosen() == $number {
                        ::core::option::Option::Some(
                            $crate::select!(@finish $arm outcome $($message)?)
                        )
                    } else {
                        ::core::option::Option::None
                    },
                )+);
                (outcome, results)
            }
        };
        match outcome.chosen() {
            $($number => {
                let $pattern = $crate::select_parts::chosen(results.$number);
                $body
            })+
            $($crate::select_parts::DEFAULT => $default,)?
            $($crate::select_parts::INTERRUPTED => {
                let $error = outcome.interrupted();
                $interrupted_body
            })?
            _ => $crate::select_parts::no_such_arm(),
        }
    }};
    // No operation: there is only the time to wait for.
    (
        @arms
        [$order:ident]
        [($wait:expr) ($default:expr)]
        [$interrupted:ident $(($error:pat) ($interrupted_body:expr))?]
        $names:tt
    ) => {
        match $crate::select_parts::pause(&$wait) {
            $(::core::result::Result::Err($error) => $interrupted_body,)?
            _ => $default,
        }
    };
    (@finish $arm:ident $outcome:ident) => { $arm.finish(&$outcome) };
    // If no message can be made, the drop of what was chosen tells the counterpart.
    (@finish $arm:ident $outcome:ident $message:expr) => { $arm.finish(&$outcome).send($message) };
    (@wait) => { $crate::select_parts::Wait::for_ever() };
    (@wait $wait:expr) => { $wait };

    // The heads.
    (
        @arms $arms:tt $default:tt $interrupted:tt [($arm:ident $number:tt) $($names:tt)*]
        recv($receiver:expr $(,)?) -> $pattern:pat => $($rest:tt)+
    ) => {
        $crate::select!(
            @body $arms $default $interrupted [$($names)*]
            (RecvArm $arm $number (&$receiver) () ($pattern)) $($rest)+
        )
    };
    (
        @arms $arms:tt $default:tt $interrupted:tt [($arm:ident $number:tt) $($names:tt)*]
        send($sender:expr, $message:expr $(,)?) -> $pattern:pat => $($rest:tt)+
    ) => {
        $crate::select!(
            @body $arms $default $interrupted [$($names)*]
            (SendArm $arm $number (&$sender) ($message) ($pattern)) $($rest)+
        )
    };
    (@arms $arms:tt [] $interrupted:tt $names:tt default => $($rest:tt)+) => {
        $crate::select!(
            @body $arms [] $interrupted $names
            (default ($crate::select_parts::Wait::not())) $($rest)+
        )
    };
    (@arms $arms:tt [] $interrupted:tt $names:tt default() => $($rest:tt)+) => {
        $crate::select!(@arms $arms [] $interrupted $names default => $($rest)+)
    };
    (@arms $arms:tt [] $interrupted:tt $names:tt default($limit:expr $(,)?) => $($rest:tt)+) => {
        $crate::select!(
            @body $arms [] $interrupted $names
            (default ($crate::select_parts::Wait::limited($limit))) $($rest)+
        )
    };
    (@arms $arms:tt $default:tt [or_first] $names:tt interrupted($error:pat) => $($rest:tt)+) => {
        $crate::select!(@body $arms $default [or_first] $names (interrupted ($error)) $($rest)+)
    };

    // The bodies: a block, with or without a comma behind it, or an expression.
    (@body $a:tt $d:tt $i:tt $n:tt $head:tt $body:block, $($rest:tt)*) => {
        $crate::select!(@add $a $d $i $n $head ($body) $($rest)*)
    };
    (@body $a:tt $d:tt $i:tt $n:tt $head:tt $body:block $($rest:tt)*) => {
        $crate::select!(@add $a $d $i $n $head ($body) $($rest)*)
    };
    (@body $a:tt $d:tt $i:tt $n:tt $head:tt $body:expr, $($rest:tt)*) => {
        $crate::select!(@add $a $d $i $n $head ($body) $($rest)*)
    };
    (@body $a:tt $d:tt $i:tt $n:tt $head:tt $body:expr) => {
        $crate::select!(@add $a $d $i $n $head ($body))
    };

    // Adds an arm to those that are read.
    (@add $a:tt [] $i:tt $n:tt (default ($wait:expr)) ($body:expr) $($rest:tt)*) => {
        $crate::select!(@arms $a [($wait) ($body)] $i $n $($rest)*)
    };
    (@add $a:tt $d:tt [or_first] $n:tt (interrupted ($error:pat)) ($body:expr) $($rest:tt)*) => {
        $crate::select!(@arms $a $d [as_it_is ($error) ($body)] $n $($rest)*)
    };
    (@add [$($a:tt)*] $d:tt $i:tt $n:tt ($($head:tt)+) ($body:expr) $($rest:tt)*) => {
        $crate::select!(@arms [$($a)* ($($head)+ ($body))] $d $i $n $($rest)*)
    };

    // Anything else is an error.
    (@arms [$order:ident] $d:tt $i:tt $n:tt) => {
        compile_error!("select! needs at least one recv, send or default")
    };
    (@begin $order:ident $($arms:tt)*) => {
        $crate::select!(
            @arms [$order] [] [or_first]
            [
                (a0 0) (a1 1) (a2 2) (a3 3) (a4 4) (a5 5) (a6 6) (a7 7)
                (a8 8) (a9 9) (a10 10) (a11 11) (a12 12) (a13 13) (a14 14) (a15 15)
                (a16 16) (a17 17) (a18 18) (a19 19) (a20 20) (a21 21) (a22 22) (a23 23)
                (a24 24) (a25 25) (a26 26) (a27 27) (a28 28) (a29 29) (a30 30) (a31 31)
            ]
            $($arms)*
        )
    };
    (@$step:ident $($rest:tt)*) => {
        compile_error!(
            "the arms of select! are `recv(receiver) -> pattern => body`, \
             `send(sender, message) -> pattern => body`, and once at most `default => body`, \
             `default(limit) => body`, `interrupted(pattern) => body`; up to 32 operations"
        )
    };
    ($($arms:tt)*) => { $crate::select!(@begin fair $($arms)*) };
}

/// As [`select!`](crate::select!), but if several operations can be done, the one that is written first is.
///
/// Take it if one arm must not wait its turn, such as the order to stop. The others starve as long as the first
/// can be done.
///
/// ```
/// use greensync::{select_biased, unbounded};
///
/// let (orders, incoming) = unbounded();
/// let (stop, stopped) = unbounded();
/// orders.send("coffee")?;
/// stop.send(())?;
/// let end = select_biased! {
///     recv(stopped) -> _ => "stopped",
///     recv(incoming) -> order => order?,
/// };
/// assert_eq!(end, "stopped");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Panics
/// As `select!`.
///
/// # Blocking
/// As `select!`.
#[doc(alias = "biased")]
#[macro_export]
macro_rules! select_biased {
    ($($arms:tt)*) => { $crate::select!(@begin biased $($arms)*) };
}
