import DeviceProtocol
import Emulation
import ISO7816

/// One run of a flow with one plan: what the driver said, what the card has seen, and what does not fit.
struct FaultRun: Encodable {
    /// What the driver said.
    enum Outcome: Equatable {
        /// A signature, which was checked.
        case signed
        /// A classified failure: what its code is called, and its sentence.
        case failed(code: String, sentence: String)
        /// It did not come to an end in time.
        case late

        /// In one word.
        var word: String {
            switch self {
            case .signed: "signed"
            case .failed(let code, _): code
            case .late: "late"
            }
        }
    }

    let flow: FaultFlow
    let plan: FaultPlan
    let outcome: Outcome
    /// The commands as the card has seen them.
    let commands: [CommandRecord]
    /// The tries of the PIN, from the card's memory.
    let triesLeft: Int?
    /// What they have to be, by what has run.
    let expectedTries: Int
    /// What does not fit; empty for a run as it should be.
    let problems: [String]

    /// The faults of the plan that struck no command: the flow was over before, or they would have come behind its last one.
    var missed: [Fault] {
        plan.faults.filter { fault in !commands.contains { $0.faults.contains(fault) } }
    }

    private enum Key: String, CodingKey {
        case flow, fault, outcome, sentence, commands, triesLeft, expectedTries, struck, missed, problems
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(flow, forKey: .flow)
        try container.encode(plan.description, forKey: .fault)
        try container.encode(outcome.word, forKey: .outcome)
        if case .failed(_, let sentence) = outcome { try container.encode(sentence, forKey: .sentence) }
        try container.encode(commands.count, forKey: .commands)
        try container.encode(commands.filter { !$0.faults.isEmpty }.map(\.number), forKey: .struck)
        try container.encode(missed.map(\.description), forKey: .missed)
        try container.encodeIfPresent(triesLeft, forKey: .triesLeft)
        try container.encode(expectedTries, forKey: .expectedTries)
        try container.encode(problems, forKey: .problems)
    }
}

extension CommandRecord {
    /// Whether it brings a PIN: VERIFY with data; ISO/IEC 7816-4, 11.5.6.
    var bringsPIN: Bool { header.count == 4 && header[1] == 0x20 && bodyLength > 1 }

    /// Whether it asks for a signature: GENERAL AUTHENTICATE, INTERNAL AUTHENTICATE, PSO: COMPUTE DIGITAL SIGNATURE; the last
    /// part of a chain.
    var asksForSignature: Bool {
        guard header.count == 4, header[0] & 0x10 == 0 else { return false }
        return header[1] == 0x87 || header[1] == 0x88 || header[1] == 0x2A && header[2] == 0x9E
    }

    /// Whether the card has made a signature.
    var hasSigned: Bool { asksForSignature && hasRun && (status?.rawValue == 0x9000 || status?.sw1 == 0x61) }

    /// Whether the host did not get the card's own answer.
    var hasLostAnswer: Bool { faults.contains { !$0.leavesAnswer } }
}

extension Fault {
    /// Whether the card's own answer to the command arrives all the same.
    fileprivate var leavesAnswer: Bool {
        switch effect {
        case .delay, .foreignSelection: true
        case .reset: occasion.isBetweenCommands
        default: false
        }
    }
}

extension Fault.Occasion {
    fileprivate var isBetweenCommands: Bool { if case .write = self { false } else { true } }
}
