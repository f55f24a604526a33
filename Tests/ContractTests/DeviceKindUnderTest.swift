import DeviceProtocol
import Devices
import Emulation
import Foundation
import ISO7816
import PCSC
import TestSupport
import Testing
import Verification

/// Every kind of device, and every way to it, that the contract holds for.
enum DeviceKindUnderTest: String, CaseIterable, CustomTestStringConvertible {
    case token, scan, mobile, smartcardRSA, smartcardEC, stick
    /// The card sits in a virtual reader of a real pcscd.
    case smartcardThroughPCSCD

    var testDescription: String { rawValue }

    /// Those that ask their person, and whose answer depends on what was asked: all but the Token.
    static let asking = allCases.filter { $0 != .token }

    /// The PIN that a device was given, where it has one.
    static let pin = "123456"

    /// Lends one that is enrolled at `bank`.
    func with(_ bank: Bank, _ body: (any Device) async throws -> Void) async throws {
        switch self {
        case .token: try await body(bank.enrolToken())
        case .scan: try await body(bank.enrolScan())
        case .mobile: try await body(bank.enrolMobile(pin: Self.pin))
        case .smartcardRSA: try await body(enrolCard(at: bank, as: .smartcard, in: "Virtual Reader 00", keys: .rsa2048))
        case .smartcardEC: try await body(enrolCard(at: bank, as: .smartcard, in: "Virtual Reader 00", keys: .p256))
        case .stick: try await body(enrolCard(at: bank, as: .stick, in: "Gemalto USB Shell Token V2 00", keys: .p384))
        case .smartcardThroughPCSCD: try await withCardInPCSCD(at: bank, body)
        }
    }

    private func enrolCard(
        at bank: Bank, as product: ProductProfile.ID, in reader: String, keys: CardKeyKind
    ) async throws -> any Device {
        let readers = VirtualReaders()
        try readers.attach(reader)
        try readers.insert(card(of: bank, keys: keys), in: reader)
        let device = try await CardDevice.opening(reader: reader, of: readers, isEmulated: true)
        try await bank.enrol(card: device, as: product)
        return device
    }

    private func withCardInPCSCD(at bank: Bank, _ body: (any Device) async throws -> Void) async throws {
        let service = try await PrivatePCSCD.shared
        try await service.withSlot { slot in
            let card = try card(of: bank, keys: .rsa2048)
            let place = try await VPCDSlot.inserting(card, host: "127.0.0.1", port: slot.port, patience: .patient)
            do {
                try #require(await service.shows(cardWith: card.atr, in: slot))
                let device = try await CardDevice.opening(reader: slot.reader, of: PCSCReaders.patient, isEmulated: true)
                try await bank.enrol(card: device, as: .smartcard)
                try await body(device)
            } catch {
                await place.remove()
                throw error
            }
            await place.remove()
        }
    }

    private func card(of bank: Bank, keys: CardKeyKind) throws -> VirtualCard {
        try VirtualCard.piv(holder: "Test Holder", keys: keys, pin: Self.pin, authority: bank.authority, now: bank.clock.now)
    }
}
