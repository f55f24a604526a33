import CardApplications
import DeviceProtocol
import Devices
import Emulation
import Foundation
import ISO7816
import PCSC
import TestSupport
import Testing
import Verification

/// A family of cards, a kind of key, and how they speak.
struct MatrixCard: CustomTestStringConvertible {
    enum Family: String, CaseIterable { case piv, osEID, iso, iasClassic, classicV3 }
    enum Wire: String, CaseIterable { case t0, short, extended }

    let family: Family
    let keys: CardKeyKind
    let wire: Wire

    /// IAS Classic and Classic V3 are known with RSA alone.
    static let all = Family.allCases.flatMap { family in
        (family == .iasClassic || family == .classicV3 ? [CardKeyKind.rsa2048] : [.rsa2048, .p256]).flatMap { keys in
            Wire.allCases.map { MatrixCard(family: family, keys: keys, wire: $0) }
        }
    }

    var testDescription: String { "\(family.rawValue) \(keys.rawValue) \(wire.rawValue)" }
    /// PIV has two keys more, for decryption and for doors.
    var keyCount: Int { family == .piv ? 4 : 2 }

    func make(pin: String, puk: String, tries: UInt8, at bank: Bank) throws -> VirtualCard {
        let transmission: CardTransmission = wire == .t0 ? .t0 : .t1
        let isExtended = wire == .extended
        switch family {
        case .piv:
            return try .piv(
                holder: "Test Holder", keys: keys, pin: pin, puk: puk, tries: tries, authority: bank.authority, now: bank.clock.now,
                transmission: transmission, extendedLength: isExtended)
        case .osEID:
            return try .pkcs15(
                holder: "Test Holder", keys: keys, pin: pin, puk: puk, tries: tries, authority: bank.authority, now: bank.clock.now,
                transmission: transmission, extendedLength: isExtended)
        case .iso:
            return try .isoPKCS15(
                holder: "Test Holder", keys: keys, pin: pin, puk: puk, tries: tries, authority: bank.authority, now: bank.clock.now,
                transmission: transmission, extendedLength: isExtended)
        case .iasClassic, .classicV3:
            return try .iasClassic(
                family == .iasClassic ? .v4 : .v3, holder: "Test Holder", pin: pin, puk: puk, tries: tries, authority: bank.authority,
                now: bank.clock.now, transmission: transmission, extendedLength: isExtended)
        }
    }
}

/// Everything that a person does with a card, with each kind of card in the real pcscd.
@Suite(.timeLimit(.minutes(10))) struct CardMatrixTests {
    private static let (pin, other, puk) = ("123456", "654321", "12345678")
    private static let tries = 3
    private let readers = PCSCReaders.patient

    @Test(arguments: MatrixCard.all)
    func `a card is read, signs what the bank takes, counts its tries, changes its PIN and is unblocked`(kind: MatrixCard) async throws {
        let bank = try await Bank()
        let card = try kind.make(pin: Self.pin, puk: Self.puk, tries: UInt8(Self.tries), at: bank)
        #expect(card.rules.isT0 == (kind.wire == .t0) && card.rules.takesExtendedLength == (kind.wire == .extended))
        let service = try await PrivatePCSCD.shared
        try await service.withSlot { slot in
            let place = try await VPCDSlot.inserting(card, host: "127.0.0.1", port: slot.port, patience: .patient)
            try #require(await service.shows(cardWith: card.atr, in: slot))
            try await read(kind, in: slot.reader)
            try await sign(in: slot.reader, for: bank)
            let pins = CardPINs(reader: slot.reader, of: readers)
            try await countTries(pins)
            try await changePIN(pins)
            try await block(pins)
            try await unblock(kind, pins)
            await place.remove()
        }
    }

    private func read(_ kind: MatrixCard, in reader: String) async throws {
        let (application, isExtended) = try await readers.withCard(in: reader, ending: .leave) { channel async throws(CardError) in
            (try await CardApplications.open(on: channel), await channel.passesExtendedLength)
        }
        #expect(isExtended == (kind.wire != .t0))
        #expect(application.keys.count == kind.keyCount && application.unusable.isEmpty)
        #expect(application.keys.allSatisfy { $0.algorithm == (kind.keys == .p256 ? .p256 : .rsa(bits: 2048)) })
    }

    /// The bank is the judge: it knows nothing of cards but their certificates.
    private func sign(in reader: String, for bank: Bank) async throws {
        let device = try await CardDevice.opening(reader: reader, of: readers, isEmulated: true)
        try await bank.enrol(card: device, as: .smartcard)
        let payment = try Payment(
            iban: IBAN("LU28 0019 4006 4475 0000"), amount: Amount(decimal: "12.50", currency: Currency("EUR")), payee: "Boulangerie")
        for content in [.login(try Login(place: "Luxembourg", browser: "a test")), .payment(payment)] as [Challenge.Content] {
            let (challenge, presentation) = try await bank.ask(content, of: device)
            let response = try await device.respond(to: presentation, with: ScriptedHolder(pins: [Self.pin]))
            guard case .succeeded = try await bank.operations.submit(response, to: challenge.id) else {
                Issue.record("the bank takes no signature of this card")
                continue
            }
        }
    }

    private func countTries(_ pins: CardPINs) async throws {
        let error = await failure { () throws(DeviceError) in _ = try await pins.verify(.ofKeys, with: ScriptedHolder(pins: ["000000"])) }
        #expect(error == DeviceError(.wrongPIN, "") && error?.triesLeft == Self.tries - 1)
        let holder = ScriptedHolder(pins: [Self.pin])
        #expect(try await pins.verify(.ofKeys, with: holder) == .triesLeft(Self.tries))
        #expect(requests(holder).map(\.triesLeft) == [Self.tries - 1])
    }

    private func changePIN(_ pins: CardPINs) async throws {
        try await pins.change(.ofKeys, with: ScriptedHolder(pins: [Self.pin, Self.other, Self.other]))
        #expect(try await pins.verify(.ofKeys, with: ScriptedHolder(pins: [Self.pin, Self.other])) == .triesLeft(Self.tries))
        try await pins.change(.ofKeys, with: ScriptedHolder(pins: [Self.other, Self.pin, Self.pin]))
        #expect(try await pins.verify(.ofKeys, with: ScriptedHolder(pins: [Self.pin])) == .triesLeft(Self.tries))
    }

    private func block(_ pins: CardPINs) async throws {
        let wrong = Array(repeating: "000000", count: Self.tries)
        let holder = ScriptedHolder(pins: wrong + [Self.pin], spendsLastTry: true)
        let error = await failure { () throws(DeviceError) in _ = try await pins.verify(.ofKeys, with: holder) }
        #expect(error == DeviceError(.blocked, ""))
        #expect(requests(holder).map(\.triesLeft) == Array((1...Self.tries).reversed()))
    }

    /// PIV's standard says what the PUK is, and the card of the standards alone has it in its files; of the others nobody is
    /// asked for one.
    private func unblock(_ kind: MatrixCard, _ pins: CardPINs) async throws {
        let holder = ScriptedHolder(pins: [Self.puk, Self.other, Self.other], spendsLastTry: true)
        guard kind.family == .piv || kind.family == .iso else {
            let error = await failure { () throws(DeviceError) in try await pins.unblock(.ofKeys, with: holder) }
            #expect(error == DeviceError(.notSupported, "") && holder.events.isEmpty)
            return
        }
        try await pins.unblock(.ofKeys, with: holder)
        #expect(try await pins.verify(.ofKeys, with: ScriptedHolder(pins: [Self.other])) == .triesLeft(Self.tries))
    }

    private func requests(_ holder: ScriptedHolder) -> [PINRequest] {
        holder.events.compactMap { if case .askedPIN(let request) = $0 { request } else { nil } }
    }

    private func failure(of body: () async throws(DeviceError) -> Void) async -> DeviceError? {
        do throws(DeviceError) {
            try await body()
            return nil
        } catch { return error }
    }
}
