import CardApplications
import CardProfiles
import Foundation
import ISO7816
import PCSC

/// One reader and the card in it: what it is, whether it can be used, and why not.
struct CardChecks {
    /// What was found, and the reason why the card cannot be used; `nil` for one that can.
    struct Outcome {
        let reader: String
        let findings: [Finding]
        let reason: UsualReason?
        /// What the card is called, when it can be used.
        let card: String?
    }

    let source: any CardSource
    let now: Date

    /// Looks at all readers at once, each with deadlines of its own; the order is theirs.
    func outcomes(for slots: [CardSlot]) async -> [Outcome] {
        await withTaskGroup(of: (Int, Outcome).self) { group in
            for (index, slot) in slots.enumerated() { group.addTask { (index, await outcome(for: slot)) } }
            var found: [(Int, Outcome)] = []
            for await one in group { found.append(one) }
            return found.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private func outcome(for slot: CardSlot) async -> Outcome {
        let reader = slot.reader
        switch slot.content {
        case .empty:
            return Outcome(reader: reader, findings: [.ok(reader, "no card")], reason: .noCard, card: nil)
        case .mute:
            let finding = Finding.failed(reader, "a card that does not answer", hint: UsualReason.muteCard.hint)
            return Outcome(reader: reader, findings: [finding], reason: .muteCard, card: nil)
        case .card(let atr, _):
            let names = ATRCandidate.names(for: atr)
            let known = names.isEmpty ? "" : ", as \(names.joined(separator: ", ")) has it"
            let answer = Finding.ok(reader, "a card, ATR \(atr)\(known)")
            do throws(CardError) {
                return try await source.withCard(in: reader, ending: .leave) { channel async throws(CardError) in
                    try await opened(channel, in: reader, after: answer)
                }
            } catch {
                let finding = Finding.failed("\(reader): application", error.description, hint: error.hint)
                return Outcome(reader: reader, findings: [answer, finding], reason: UsualReason(error), card: nil)
            }
        }
    }

    private func opened(_ channel: any CardChannel, in reader: String, after answer: Finding) async throws(CardError) -> Outcome {
        let application = try await CardApplications.open(on: channel, within: TimeBudget(.seconds(30)))
        let report = try await CardReport(application, reader: reader)
        var findings = [
            answer,
            .ok(
                "\(reader): PIN entry",
                await channel.pinpad == nil ? "on this computer; the reader announces no keys" : "on the reader's own keys"),
        ]
        if report.inferred.isEmpty {
            findings.append(.ok("\(reader): application", report.family))
        } else {
            findings.append(
                .warning(
                    "\(reader): application",
                    "\(report.family); inferred from sibling cards: \(report.inferred.joined(separator: ", "))",
                    hint: "it may work; tell us if it does or does not"))
        }
        let guarding = report.pins.filter { $0.state != .unknown }
        findings += guarding.map { pin in
            let check = "\(reader): \(pin.label)"
            switch pin.state {
            case .blocked: return .failed(check, "blocked", hint: pin.hintWhenBlocked)
            case .notUsable: return .warning(check, pin.telling, hint: "ask who issued the card")
            case .triesLeft(1):
                return .warning(check, "one try left", hint: "be sure of it; after one more wrong one: \(pin.hintWhenBlocked)")
            default: return .ok(check, pin.telling)
            }
        }
        for role in SigningRole.allCases {
            guard let key = application.keys.first(where: { $0.role == role.role }),
                let test = CertificateTest(key.certificate, role: role)
            else { continue }
            findings.append(test.validity(at: now).within(reader))
        }
        findings += (application.unusable + report.problems).map { .warning("\(reader): not usable", $0.description, hint: $0.hint) }
        let usable = report.keys.filter { $0.role == "authentication" || $0.role == "signature" }
        let reason: UsualReason? =
            if usable.isEmpty { .unknownCard } else if usable.allSatisfy({ $0.triesLeft == 0 }) { .pinBlocked } else { nil }
        if usable.isEmpty {
            findings.append(
                .failed("\(reader): keys", "none for authentication or signature with a certificate", hint: "ask who issued the card"))
        }
        return Outcome(reader: reader, findings: findings, reason: reason, card: reason == nil ? report.family : nil)
    }
}

extension Finding {
    /// The same finding, said of something in `place`.
    fileprivate func within(_ place: String) -> Finding { Finding(check: "\(place): \(check)", result: result, detail: detail, hint: hint) }
}
