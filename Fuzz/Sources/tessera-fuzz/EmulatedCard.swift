import Foundation
import ISO7816

@testable import Emulation

/// An emulated card that is asked fuzzed commands: each behind a two-byte length, and one byte for power off, on and reset,
/// as vpcd has it.
final class EmulatedCard: Sendable {
    /// Commands that may cost a try: VERIFY, CHANGE REFERENCE DATA, RESET RETRY COUNTER; ISO/IEC 7816-4, 11.6.
    private static let mayCostTry: Set<UInt8> = [0x20, 0x24, 0x2C]
    /// More than any card holds.
    private static let maximumMemory = 1 << 20

    private let card: VirtualCard
    private let contents: [String: CardMemory.Value]
    private let hasRSA: Bool
    /// Whether GENERATE says which kind of key it makes, as PIV's does; on a card with files the key has it.
    private let saysKind: Bool

    init(_ card: VirtualCard, hasRSA: Bool, saysKind: Bool) {
        self.card = card
        self.hasRSA = hasRSA
        self.saysKind = saysKind
        contents = card.memory.contents
    }

    /// Asks a card as it left its issuer.
    ///
    /// Each answer has a status word and fits a frame, no try is lost but by a command that compares, one at a time, and the
    /// memory stays small.
    func meet(_ bytes: [UInt8]) {
        restore()
        var commands = FuzzedAnswers(bytes)
        while let command = commands.next() {
            switch (command.count, command.first) {
            case (1, 0x00): card.powerOff()
            case (1, 0x01): card.powerOn()
            case (1, 0x02): card.reset()
            default: if !generatesRSA(command) { ask(command) }
            }
        }
        precondition(size < Self.maximumMemory, "a card that holds \(size) bytes")
    }

    /// GENERATE of an RSA key takes too long, and nothing of it is ours.
    private func generatesRSA(_ command: [UInt8]) -> Bool {
        guard command.count > 1, [0x46, 0x47].contains(command[1]) else { return false }
        guard saysKind else { return hasRSA }
        return !command.indices.contains { [[0x80, 0x01, 0x11], [0x80, 0x01, 0x14]].contains(Array(command[$0...].prefix(3))) }
    }

    private func ask(_ command: [UInt8]) {
        let before = tries
        let answer = card.process(command)
        precondition((2...VPCDProtocol.maximumBody).contains(answer.count), "an answer of \(answer.count) bytes")
        for (name, left) in tries {
            guard let old = before[name], left.count == 2, old.count == 2, left[1] == old[1], left[0] < old[0] else { continue }
            precondition(command.count > 1 && Self.mayCostTry.contains(command[1]), "a try of \(name) is lost by \(command)")
            precondition(left[0] == old[0] - 1, "several tries of \(name) are lost by \(command)")
            precondition(answer[0] == 0x63 || answer == [0x69, 0x83], "a lost try of \(name) is answered \(answer)")
        }
    }

    private func restore() {
        card.powerOff()
        var changes: [String: CardMemory.Value?] = contents.mapValues { $0 }
        for name in card.memory.contents.keys where contents[name] == nil { changes.updateValue(nil, forKey: name) }
        precondition((try? card.memory.write(changes)) != nil, "a memory that cannot be written")
        card.powerOn()
    }

    /// The cells with a counter and where it returns to.
    private var tries: [String: [UInt8]] {
        card.memory.contents.compactMapValues { if case .bytes(let bytes) = $0 { bytes } else { nil } }.filter {
            $0.key.hasSuffix(" tries")
        }
    }

    private var size: Int {
        card.memory.contents.reduce(0) { sum, cell in
            switch cell.value {
            case .bytes(let bytes), .secret(let bytes): sum + cell.key.utf8.count + bytes.count
            case .key: sum + 2048
            }
        }
    }
}

/// The cards that are fuzzed: each is made once, when it is first asked.
enum EmulatedCards {
    static let piv = make(saysKind: true) { authority, now in
        try .piv(
            holder: "Fuzz", keys: .p256, authority: authority, now: now, options: PIVOptions(extensions: .yubico),
            randomness: SameNumber())
    }
    static let pivRSA = make(hasRSA: true, saysKind: true) { authority, now in
        try .piv(
            holder: "Fuzz", authority: authority, now: now, transmission: .t0,
            options: PIVOptions(compressesCertificates: true, retiredKeys: 1), randomness: SameNumber())
    }
    static let pkcs15 = make { authority, now in
        try .pkcs15(holder: "Fuzz", keys: .p256, authority: authority, now: now, randomness: SameNumber())
    }
    static let isoPKCS15 = make { authority, now in
        try .isoPKCS15(holder: "Fuzz", keys: .p256, authority: authority, now: now, randomness: SameNumber())
    }
    static let iasClassic = make(hasRSA: true) { authority, now in
        try .iasClassic(.v4, holder: "Fuzz", authority: authority, now: now, randomness: SameNumber())
    }
    static let classicV3 = make(hasRSA: true) { authority, now in
        try .iasClassic(.v3, holder: "Fuzz", authority: authority, now: now, randomness: SameNumber())
    }
    static let eID = make(hasRSA: true) { authority, now in
        try .eID(holder: "Fuzz", authority: authority, now: now, randomness: SameNumber())
    }

    private static func make(
        hasRSA: Bool = false, saysKind: Bool = false, _ card: (TestAuthority, Date) throws -> VirtualCard
    ) -> EmulatedCard {
        let now = Date()
        guard let authority = try? TestAuthority(now: now), let card = try? card(authority, now) else { fatalError("no card was made") }
        return EmulatedCard(card, hasRSA: hasRSA, saysKind: saysKind)
    }
}

/// No randomness at all, so that an answer to a challenge is right in every run.
struct SameNumber: RandomNumberGenerator {
    /// The byte that all challenges are made of.
    static let byte: UInt8 = 0x5A

    func next() -> UInt64 { UInt64(Self.byte) * 0x0101_0101_0101_0101 }
}
