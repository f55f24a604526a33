public import ISO7816

/// One thing that goes wrong with a card, and when: `power loss after VERIFY 2`.
///
/// What happens, before or after the command that it happens at, and which command that is. The grammar is that of ``FaultPlan``.
public struct Fault: Hashable, Sendable {
    /// What happens.
    public enum Effect: Hashable, Sendable {
        /// The card comes out of its reader, which notices.
        case pull
        /// The card loses its power for a moment: login and selection are gone, and the answer never leaves.
        case powerLoss
        /// The card resets itself: login and selection are gone, the answer comes, and nobody is told.
        case reset
        /// Another program resets the card in between: the next command does not run, and the reader says why, as PC/SC does.
        ///
        /// vpcd has no word for it: there it is ``reset``.
        case foreignReset
        /// Another program selects its own application in between, and nobody is told.
        case foreignSelection
        /// Random bytes instead of the answer, as many.
        case garbage
        /// No byte instead of the answer.
        ///
        /// vpcd waits for ever for a frame without bytes; there the connection is lost, as with ``powerLoss``.
        case emptyAnswer
        /// This status word alone instead of the answer.
        case status(StatusWord)
        /// An answer that no card should give.
        case lie(CardLie)
        /// So many milliseconds pass.
        case delay(Int)
        /// The card says nothing any more, until it is pulled or reset.
        case stuck
    }

    /// Where in the life of a command it happens.
    public enum Moment: String, CaseIterable, Hashable, Sendable {
        /// The command has arrived, and does not run: what is said instead stands for an answer of 256 bytes.
        case before
        /// The command has run, and what it wrote is lasting; its answer has not left yet.
        case after
    }

    /// Which command it happens at.
    public enum Occasion: Hashable, Sendable {
        /// The nth one from insertion on, counted from 1.
        case command(Int)
        /// The nth one with this instruction byte (INS), counted from 1 and from insertion on.
        case instruction(UInt8, Int)
        /// The nth write of the card's lasting memory, counted from 1 and from insertion on: in the midst of a command.
        ///
        /// Before it nothing changes any more; after it, it is lasting, and nothing that follows happens.
        case write(Int)
        /// Each one with this probability, 0 to 1; the same seed hits the same commands.
        case chance(Double, seed: UInt64)
    }

    /// What happens.
    public let effect: Effect
    /// Before or after.
    public let moment: Moment
    /// At which command.
    public let occasion: Occasion

    /// A fault.
    ///
    /// - Returns: `nil` for what cannot be: a number below 1, a probability outside 0 to 1, a delay beyond ten minutes, and
    ///   in the midst of a command (``Occasion/write(_:)``) anything but ``Effect/pull`` and ``Effect/powerLoss``.
    public init?(_ effect: Effect, _ moment: Moment, _ occasion: Occasion) {
        if case .delay(let milliseconds) = effect, !(0...600_000).contains(milliseconds) { return nil }
        switch occasion {
        case .command(let number), .instruction(_, let number): guard number > 0 else { return nil }
        case .write(let number): guard number > 0, effect == .pull || effect == .powerLoss else { return nil }
        case .chance(let probability, _): guard (0...1).contains(probability) else { return nil }
        }
        self.init(unchecked: effect, moment, occasion)
    }

    /// A fault that is known to be one.
    init(unchecked effect: Effect, _ moment: Moment, _ occasion: Occasion) {
        self.effect = effect
        self.moment = moment
        self.occasion = occasion
    }

    /// Whether it takes place between two commands: after one is before the next.
    var isInBetween: Bool {
        switch effect {
        case .reset, .foreignReset, .foreignSelection: true
        default: false
        }
    }

    /// How long it makes the reader wait; `nil` when it does not.
    var pause: FaultPause? {
        switch effect {
        case .delay(let milliseconds): .milliseconds(milliseconds)
        case .stuck: .untilTheEnd
        default: nil
        }
    }
}

/// How long a slot says nothing.
enum FaultPause: Hashable, Sendable {
    case milliseconds(Int)
    /// Until the card is pulled or reset.
    case untilTheEnd
}
