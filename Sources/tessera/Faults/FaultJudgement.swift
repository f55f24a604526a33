import Emulation
import ISO7816

/// Whether what a driver said of a run fits what its card has seen.
struct FaultJudgement {
    let flow: FaultFlow
    let plan: FaultPlan
    let outcome: FaultRun.Outcome
    let commands: [CommandRecord]
    let before: [RetryCounter]
    let after: [RetryCounter]

    /// The tries left of the PIN, from the card's memory.
    var triesLeft: Int? { after.first(where: \.isPIN)?.triesLeft }

    /// The tries that the PIN has to have left, by the PINs that were typed and the VERIFYs that ran, wholly or in part.
    var expectedTries: Int {
        guard let pin = before.first(where: \.isPIN) else { return 0 }
        var left = pin.triesLeft
        for (command, typed) in zip(commands.filter(\.bringsPIN), flow.pins) where command.hasRun {
            // Where another program has left nothing selected, nobody knows VERIFY.
            if command.status == .instructionNotSupported { continue }
            // The counter goes down first and, for a right PIN, up again: two writes, of which power loss leaves some.
            let writes = command.status == nil ? command.writes : 2
            if writes > 0 { left -= 1 }
            if writes > 1, typed == FaultFlow.pin { left = pin.maximum }
        }
        return left
    }

    /// What does not fit; empty for a run as it should be.
    var problems: [String] { [classification, tries, promise, warning, repetition].compactMap(\.self) }

    /// Failures that nothing wrong with a card explains.
    private static let misleading: Set<String> = [
        "accessDenied", "blocked", "cancelled", "cardMissing", "challengeRefused", "declined", "heldByAnotherProgram",
        "holderUnavailable", "lastTry", "newPINsDiffer", "pukBlocked", "readerMissing", "serviceAbsent", "serviceSilent", "timedOut",
        "unclassified", "unsuitablePIN", "wrong signature", "wrongPUK",
    ]

    /// Whether a card that says something else than it does may have said anything: also that the PIN is blocked.
    private var mayHaveSaidAnything: Bool {
        plan.faults.contains {
            switch $0.effect {
            // Half an answer is none.
            case .lie(.truncated): false
            case .garbage, .status, .lie: true
            default: false
            }
        }
    }

    private var classification: String? {
        switch outcome {
        case .late: return "it did not come to an end"
        case .signed: return commands.contains(where: \.hasSigned) ? nil : "signed, and the card has made no signature"
        case .failed(let code, let sentence):
            if ["blocked", "holderUnavailable", "lastTry"].contains(code), mayHaveSaidAnything { return nil }
            // A card that does not tell its tries may be at the last one.
            if code == "lastTry", plan.faults.contains(where: { $0.effect == .foreignSelection }) { return nil }
            if code == "heldByAnotherProgram", plan.faults.contains(where: { $0.effect == .foreignReset }) { return nil }
            if plan.faults.isEmpty { return "it failed without any fault: \(sentence)" }
            return Self.misleading.contains(code) ? "\"\(code)\" is no reason that fits: \(sentence)" : nil
        }
    }

    private var tries: String? {
        guard let triesLeft else { return "the PIN's counter is not in the card's memory" }
        let others = zip(before, after).filter { $0 != $1 && !$0.isPIN }
        if let (_, changed) = others.first { return "the counter of \(changed.name) has changed" }
        return triesLeft == expectedTries ? nil : "the card has \(triesLeft) tries left, and should have \(expectedTries)"
    }

    /// A signature that was made is never said not to exist, unless the card itself said so.
    private var promise: String? {
        guard case .failed(let code, _) = outcome, code != "indeterminate", !mayHaveSaidAnything else { return nil }
        return commands.contains(where: \.hasSigned) ? "the card has signed, and the driver says \"\(code)\"" : nil
    }

    /// A PIN whose answer was lost may have cost a try, and the driver says so.
    private var warning: String? {
        guard case .failed(_, let sentence) = outcome, let last = commands.last, last.bringsPIN, last.hasLostAnswer,
            !mayHaveSaidAnything, !sentence.contains("try may have been spent")
        else { return nil }
        return "a PIN try may have been spent, and the driver does not say so: \(sentence)"
    }

    private var repetition: String? {
        if commands.count(where: \.bringsPIN) > flow.pins.count { return "a PIN was sent more often than it was typed" }
        return commands.count(where: \.asksForSignature) > 1 ? "a signature was asked for twice" : nil
    }
}

extension RetryCounter {
    fileprivate var isPIN: Bool { name.contains("PIN") }
}
