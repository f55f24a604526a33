import Emulation
import ISO7816

/// Whether what a driver said of a run fits what its card has seen.
struct FaultJudgement {
    let flow: FaultFlow
    let outcome: FaultRun.Outcome
    let commands: [CommandRecord]
    let before: [RetryCounter]
    let after: [RetryCounter]
    /// Whether the card was in vpcd's reader.
    var isThroughVPCD = false

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

    /// The failures that fit what went wrong: of each fault that struck a command, and that nobody can tell, once a
    /// signature was asked for.
    private var reasons: Set<String> {
        var reasons: Set<String> = commands.contains(where: \.asksForSignature) ? ["indeterminate"] : []
        for command in commands {
            for fault in command.faults {
                reasons.formUnion(FaultReasons(command: command, fault: fault, isThroughVPCD: isThroughVPCD).all)
            }
        }
        return reasons
    }

    private var classification: String? {
        switch outcome {
        case .late: return "it did not come to an end"
        case .signed: return commands.contains(where: \.hasSigned) ? nil : "signed, and the card has made no signature"
        case .failed(let code, let sentence):
            if commands.allSatisfy(\.faults.isEmpty) { return "it failed without any fault: \(sentence)" }
            return reasons.contains(code) ? nil : "\"\(code)\" is no reason that fits: \(sentence)"
        }
    }

    private var tries: String? {
        guard let triesLeft else { return "the PIN's counter is not in the card's memory" }
        let others = zip(before, after).filter { $0 != $1 && !$0.isPIN }
        if let (_, changed) = others.first { return "the counter of \(changed.name) has changed" }
        return triesLeft == expectedTries ? nil : "the card has \(triesLeft) tries left, and should have \(expectedTries)"
    }

    /// A signature that was made is never said not to exist, unless the card itself was heard to refuse it.
    private var promise: String? {
        guard case .failed(let code, _) = outcome, code != "indeterminate",
            let signing = commands.first(where: \.hasSigned), !signing.wasHeardToRefuse
        else { return nil }
        return "the card has signed, and the driver says \"\(code)\""
    }

    /// A PIN whose answer was lost may have cost a try, and the driver says so.
    private var warning: String? {
        guard case .failed(_, let sentence) = outcome, let last = commands.last, last.bringsPIN, last.hasLostAnswer,
            !last.wasHeardToCount, !sentence.contains("try may have been spent")
        else { return nil }
        return "a PIN try may have been spent, and the driver does not say so: \(sentence)"
    }

    private var repetition: String? {
        if commands.count(where: \.bringsPIN) > flow.pins.count { return "a PIN was sent more often than it was typed" }
        return commands.count(where: \.asksForSignature) > 1 ? "a signature was asked for twice" : nil
    }
}

extension CommandRecord {
    /// Whether the host was told that it is refused: a status word that is one, and no success.
    fileprivate var wasHeardToRefuse: Bool {
        guard let told, told.isOne else { return false }
        return told != .success && told.sw1 != 0x61
    }

    /// Whether the host was told what became of the PIN.
    fileprivate var wasHeardToCount: Bool {
        told == .success || told?.sw1 == 0x63 || told == .authenticationBlocked
    }
}

extension RetryCounter {
    fileprivate var isPIN: Bool { name.contains("PIN") }
}
