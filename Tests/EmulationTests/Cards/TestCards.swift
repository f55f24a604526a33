import Foundation
import ISO7816
import SwiftASN1
import TestSupport
import X509

@testable import Emulation

/// Cards for these tests; keys are made once for each kind, because RSA keys take time.
enum TestCards {
    /// 15 January 2027, 08:00 UTC.
    static let now = Date(timeIntervalSince1970: 1_800_000_000)
    static let identifier = UUID(uuid: (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16))

    private static let madeAuthority = Result { try TestAuthority(now: now) }
    private static let rsa = Result { try make(.rsa2048) }
    private static let longRSA = Result { try make(.rsa3072) }
    /// One key for all slots: RSA 4096 takes seconds to make.
    private static let longestRSA = Result {
        let key = try VirtualKey.generate(.rsa4096)
        let keys = Dictionary(uniqueKeysWithValues: PIVSlot.allCases.map { ($0, key) })
        return try PIVContent(holder: "Test Holder", keys: keys, authority: authority(), now: now, identifier: identifier)
    }
    private static let p256 = Result { try make(.p256) }
    private static let p384 = Result { try make(.p384) }

    private static func make(_ kind: CardKeyKind) throws -> PIVContent {
        try PIVContent(holder: "Test Holder", keys: kind, authority: authority(), now: now, identifier: identifier)
    }

    static func authority() throws -> TestAuthority { try madeAuthority.get() }

    static func content(_ kind: CardKeyKind) throws -> PIVContent {
        switch kind {
        case .rsa2048: try rsa.get()
        case .rsa3072: try longRSA.get()
        case .rsa4096: try longestRSA.get()
        case .p256: try p256.get()
        case .p384: try p384.get()
        }
    }

    /// The cells of a card with PIN 123456 and PUK 12345678.
    static func cells(
        _ kind: CardKeyKind = .p256, tries: UInt8 = 3, options: PIVOptions = PIVOptions()
    ) throws -> [String: CardMemory.Value] {
        guard
            let pin = FreshReference(Array("123456".utf8), format: PIVApplet.pinFormat, maximumTries: tries),
            let puk = FreshReference(Array("12345678".utf8), format: PIVApplet.pukFormat, maximumTries: tries)
        else { throw APDUError.malformed }
        return try content(kind).cells(pin: pin, puk: puk, managementKey: options.managementKey, extensions: options.extensions)
    }

    /// A card with PIN 123456 and PUK 12345678, not powered; unless options say otherwise, nobody manages it.
    static func unpowered(
        _ kind: CardKeyKind = .p256, tries: UInt8 = 3, seed: UInt64 = 1, options: PIVOptions = PIVOptions(managementKey: nil)
    ) throws -> VirtualCard {
        try .piv(memory: CardMemory(cells(kind, tries: tries, options: options)), randomness: SeededGenerator(seed: seed))
    }

    /// The same with power.
    static func powered(
        _ kind: CardKeyKind = .p256, tries: UInt8 = 3, seed: UInt64 = 1, options: PIVOptions = PIVOptions(managementKey: nil)
    ) throws -> VirtualCard {
        let card = try unpowered(kind, tries: tries, seed: seed, options: options)
        card.powerOn()
        return card
    }
}

extension SeededGenerator {
    /// The next bytes.
    mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) } }
}

extension VirtualCard {
    /// Sends hexadecimal bytes as they stand.
    func raw(_ text: String) throws -> String {
        guard let bytes = [UInt8](hexadecimal: text) else { throw APDUError.malformed }
        return process(bytes).hexadecimal
    }

    /// Sends a whole command, chaining and GET RESPONSE included.
    func send(
        _ instruction: UInt8, _ p1: UInt8, _ p2: UInt8, _ data: [UInt8] = [], expecting: Int? = 256, form: CommandAPDU.Form = .short
    ) throws -> ResponseAPDU {
        let command = CommandAPDU(instruction: instruction, p1: p1, p2: p2, data: data, expectedLength: expecting)
        var exchange = try Exchange(command, form: form)
        while true {
            switch try exchange.next() {
            case .done(let response): return response
            case .transmit(let bytes): try exchange.receive(process(bytes))
            }
        }
    }

    func verify(_ pin: String) throws -> StatusWord { try send(0x20, 0x00, 0x80, padded(pin), expecting: nil).status }

    /// The answer to a VERIFY without data.
    func pinStatus() throws -> StatusWord { try send(0x20, 0x00, 0x80, expecting: nil).status }

    func object(_ tag: [UInt8]) throws -> ResponseAPDU { try send(0xCB, 0x3F, 0xFF, TLV(0x5C, tag).encoded) }

    /// PUT DATA of an object's content; an empty one deletes it.
    func put(_ tag: [UInt8], _ content: [UInt8]) throws -> StatusWord {
        try send(0xDB, 0x3F, 0xFF, TLV(0x5C, tag).encoded + TLV(0x53, content).encoded, expecting: nil).status
    }

    /// Shows the management key by encrypting the card's challenge.
    func manage(_ key: PIVManagementKey = .wellKnown) throws -> StatusWord {
        let answer = try send(0x87, key.algorithm.rawValue, 0x9B, [0x7C, 0x02, 0x81, 0x00])
        guard answer.status == .success else { return answer.status }
        let challenge = try TLV(parsingFirstOf: answer.data).children().required(0x81)
        guard let response = key.encrypted(challenge) else { throw APDUError.malformed }
        return try send(0x87, key.algorithm.rawValue, 0x9B, TLV(0x7C, containing: [TLV(0x82, response)]).encoded).status
    }

    /// GENERATE ASYMMETRIC KEY PAIR.
    func generate(_ algorithm: UInt8, in reference: UInt8, policy: [TLV] = []) throws -> ResponseAPDU {
        try send(0x47, 0x00, reference, TLV(0xAC, containing: [TLV(0x80, [algorithm])] + policy).encoded)
    }

    /// GENERAL AUTHENTICATE; `tag` is 81 for a challenge, 85 for a point.
    func authenticate(
        _ algorithm: UInt8, _ key: UInt8, _ input: [UInt8], tag: UInt32 = 0x81, form: CommandAPDU.Form = .short
    ) throws -> ResponseAPDU {
        let template = TLV(0x7C, containing: [TLV(0x82, []), TLV(tag, input)])
        return try send(0x87, algorithm, key, template.encoded, expecting: form.maximumExpected, form: form)
    }

    /// The certificate of a key, read as a client reads it.
    func certificate(_ slot: PIVSlot) throws -> Certificate {
        let tag = slot.certificateObject
        let bytes = [UInt8(tag >> 16), UInt8(tag >> 8 & 0xFF), UInt8(tag & 0xFF)]
        let objects = try TLV(parsingFirstOf: object(bytes).data).children()
        return try Certificate(derEncoded: objects.required(0x70))
    }
}

/// A PIN as it travels to a PIV card: `FF` up to 8 bytes.
func padded(_ pin: String) -> [UInt8] { Array(pin.utf8) + Array(repeating: 0xFF, count: max(0, 8 - pin.utf8.count)) }

/// The answer in a dynamic authentication template: tag 82 in 7C.
func answer(_ response: ResponseAPDU) throws -> [UInt8] {
    try TLV(parsingFirstOf: response.data).children().required(0x82)
}

/// PKCS#1 v1.5 padding of a SHA-256 digest for a 2048-bit key; RFC 8017, 9.2.
func pkcs1(_ digest: [UInt8], bytes: Int = 256) -> [UInt8] {
    let info: [UInt8] = [0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20]
    let tail = [0x00] + info + digest
    return [0x00, 0x01] + Array(repeating: 0xFF, count: bytes - 2 - tail.count) + tail
}
