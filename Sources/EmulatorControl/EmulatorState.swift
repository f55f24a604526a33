public import DeviceProtocol
public import Foundation

/// All that can be seen of an emulated device, as JSON has it; no secret is in it.
public struct EmulatorState: Sendable, Encodable {
    /// A clock.
    public struct Clock: Hashable, Sendable, Encodable {
        /// What it shows.
        public let now: Date
        /// How many seconds it is ahead.
        public let offset: TimeInterval
        /// How many seconds it gains each day.
        public let drift: TimeInterval
    }

    /// The display of a Token.
    public struct Token: Hashable, Sendable, Encodable {
        /// Whether something is on it.
        public let isLit: Bool
        /// The characters on it.
        public let text: String
        /// The code on it.
        public let code: String?
        /// For how many more seconds the code is the current one, 1 to 30.
        public let secondsLeft: Int?
        /// In how many seconds the display goes dark.
        public let darkIn: TimeInterval?
        /// Whether the battery works.
        public let hasPower: Bool
    }

    /// The display of a Scan or phone.
    public struct Screen: Hashable, Sendable, Encodable {
        /// What kind of thing it shows.
        public enum Shows: String, Sendable, Encodable { case idle, summary, refused, code }
        /// What kind of thing it shows.
        public let shows: Shows
        /// Its lines from top to bottom.
        public let lines: [String]
        /// What is, or was, agreed to.
        public let summary: Summary?
        /// The code.
        public let code: String?
        /// Why it refuses: a name of ``Emulation/ScanRefusal``.
        public let reason: String?
    }

    /// A card and its reader.
    public struct Card: Hashable, Sendable, Encodable {
        /// The reader's name.
        public let reader: String
        /// Whether the card is in it.
        public let isInserted: Bool
        /// A raw value of ``Emulation/CardModel``.
        public let model: String
        /// What goes wrong; `none`.
        public let faults: String
        /// What of the last plan has happened, until the next plan or insertion; a pause before a command, once it is over.
        public let struck: [String]
        /// The name in its certificates.
        public let holder: String
    }

    /// What its person is asked.
    public struct Prompt: Hashable, Sendable, Encodable {
        /// Tells it from the ones before.
        public let number: Int
        /// What is wanted.
        public let kind: PersonPrompt.Kind
        /// What the secret is called.
        public let name: String?
        /// What a new one may be.
        public let form: String?
        /// What it agrees to.
        public let summary: Summary
        /// Tries left, where the device tells.
        public let triesLeft: Int?
        /// Whether the one before was wrong.
        public let previousWasWrong: Bool
        /// When it ends by itself.
        public let endsAt: Date
    }

    /// How the last look ended.
    public struct Answer: Hashable, Sendable, Encodable {
        /// Why there was none.
        public struct Failure: Hashable, Sendable, Encodable {
            /// A name of ``DeviceProtocol/DeviceError/Code``.
            public let code: String
            /// One sentence.
            public let detail: String
            /// What the person can do next.
            public let userAction: String
        }

        /// The digits.
        public let code: String?
        /// A phone's signature beside them.
        public let signature: Data?
        /// Why there was none.
        public let failure: Failure?
    }

    /// What the control calls it.
    public let id: String
    /// What it is.
    public let kind: EmulatorKind
    /// What the bank calls it; `nil` for an eID.
    public let device: DeviceID?
    /// What a person calls it.
    public let name: String
    /// Whether its behaviour is inferred from sibling products.
    public let isInferred: Bool
    /// What its person does when it asks.
    public let behaviour: Behaviour
    /// For whom the bank has enrolled it.
    public let subscriber: String?
    /// Which order it was given to.
    public let order: String?
    /// Its clock.
    public let clock: Clock?
    /// A Token's display.
    public let token: Token?
    /// The screen of a Scan or phone.
    public let screen: Screen?
    /// A card's place.
    public let card: Card?
    /// What is asked now.
    public let prompt: Prompt?
    /// What the last look gave.
    public let answer: Answer?
    /// The number of its last change; the control counts those of all devices.
    public internal(set) var change: Int
}

extension EmulatorState {
    /// What of it changes because something happens, and not because time goes by.
    struct Appearance: Hashable {
        private let behaviour: Behaviour
        private let owner: [String?]
        private let clock: DeviceClock.Setting?
        private let token: [String]
        private let screen: Screen?
        private let card: Card?
        private let prompt: Prompt?
        private let answer: Answer?

        init(_ state: EmulatorState, clock: DeviceClock.Setting?) {
            behaviour = state.behaviour
            owner = [state.subscriber, state.order]
            self.clock = clock
            token = state.token.map { [$0.text, $0.hasPower.description] } ?? []
            (screen, card, prompt, answer) = (state.screen, state.card, state.prompt, state.answer)
        }
    }
}
