import Crypto
import DeviceProtocol
import Foundation
import ScanChallenge
import Testing

@testable import Verification

/// A Scan or phone on its way, whose pairings have places in an order that the device remembers.
struct SentDeviceTests {
    private let now = Date(timeIntervalSince1970: 1_800_000_000)
    private let record: ScanFactoryRecord

    init() throws {
        record = try ScanFactoryRecord(
            serial: DeviceID("S-1"), publicKey: Curve25519.KeyAgreement.PrivateKey().publicKey, factorySecret: SymmetricKey(size: .bits256))
    }

    /// The place of a next pairing.
    private func place(_ device: inout SentDevice, after seconds: TimeInterval = 0) throws -> ScanSequence {
        let place = device.spendPlace(at: now.addingTimeInterval(seconds))
        return try #require(place)
    }

    @Test func `the first pairing of another order comes behind all of the former one`() throws {
        var former = SentDevice(record)
        let spent = [try place(&former), try place(&former), try place(&former)]
        #expect(spent == spent.sorted() && Set(spent).count == 3)
        var next = SentDevice(record)
        #expect(try place(&next, after: 10) > spent[2])
    }

    @Test(arguments: [-1e12, -1000, 0, 1e12])
    func `a clock that is set gives no place twice`(_ seconds: TimeInterval) throws {
        var device = SentDevice(record)
        let first = try place(&device)
        #expect(try place(&device, after: seconds) > first)
    }
}
