import Bridge
import Crypto
import DeviceProtocol
import Emulation
import Foundation
import ScanChallenge
import Secrets
import Testing
import Verification

/// A Scan and a phone that get their keys by two QR codes, as a banking core leads them through it.
@Suite struct PairingRouteTests {
    /// Agrees to everything, and types one PIN.
    private struct Owner: Holder {
        func show(_ prompt: Prompt) async {}
        func consent(to summary: Summary) async throws(HolderError) {}
        func pin(for request: PINRequest) async throws(HolderError) -> PIN {
            do { return try PIN(SecretBytes.copying("864209".utf8)) } catch { throw .unavailable }
        }
    }

    /// An order's path and number.
    private func order(_ product: String, _ client: BankClient) async throws -> (path: String, id: EnrolmentID) {
        let made = try await client.post(
            "/v1/orders", ["subscriber": "alice", "product": product, "activationCode": "AB123", "identification": "branch"],
            ["Idempotency-Key": UUID().uuidString])
        let path = try #require(made.header("location"))
        return (path, try #require(EnrolmentID(rawValue: path.split(separator: "/").last.map(String.init) ?? "")))
    }

    /// What the device shows for the QR code that is there now, drawn as SVG and PNG and read as its text.
    private func code(of device: some Device, at stand: Pairings.Stand) async throws -> String {
        guard case .code(let code) = try await device.respond(to: .sealed(#require(stand.text)), with: Owner()) else {
            throw ServedBankError.doorStayedClosed
        }
        return code
    }

    @Test func `a Scan shows 10 digits, the activation code comes, then 8 digits, then the serial number`() async throws {
        let served = try ServedBank()
        try await served.admit()
        var random = SystemRandomNumberGenerator()
        let (scan, record) = try EmulatedScan.manufacture(serial: DeviceID("SCAN-1"), issuer: served.issuer.identity, using: &random)
        try await served.served { (client) async throws in
            let (path, id) = try await order("scan", client)
            let pairings = served.bank.pairings
            #expect(try await client.post("\(path)/pairing", [:]).code == "notSent")
            try await served.bank.activations.send(SentDevice(record, isEmulated: true), for: id)
            #expect(try await client.get("\(path)/pairing").code == "noPairing")
            let begun = try await client.post("\(path)/pairing", [:])
            #expect(begun.status == 201 && begun.string("awaits") == "firstCode" && begun["digits"] as? Int == 10)
            #expect(try await client.get("\(path)/pairing/qr.png").body.starts(with: [0x89, 0x50, 0x4E, 0x47]))
            #expect(try await client.get("\(path)/pairing/qr.svg").text.contains("<svg"))
            // A wrong one counts against the order.
            #expect(try await client.post("\(path)/pairing/codes", ["code": "0000000000"]).code == "wrongProof")
            #expect(try await client.get(path)["failures"] as? Int == 1)
            let first = try await code(of: scan, at: pairings.stand(of: id))
            #expect(first.count == 10)
            #expect(try await client.post("\(path)/pairing/codes", ["code": first]).string("awaits") == "otherStep")
            // The second QR code is not there before the activation code was right.
            #expect(try await client.get("\(path)/pairing/qr.png").code == "notFound")
            #expect(try await client.post("\(path)/pairing/codes", ["code": first]).code == "outOfTurn")
            #expect(try await client.post("\(path)/proofs", ["activationCode": "AB123"]).string("next") == "keys")
            #expect(try await client.get("\(path)/pairing").string("awaits") == "secondCode")
            let second = try await code(of: scan, at: pairings.stand(of: id))
            #expect(second.count == 8)
            #expect(try await client.post("\(path)/pairing/codes", ["code": second]).string("awaits") == "nothing")
            #expect(try await client.get(path).string("next") == "serialNumber")
            #expect(try await client.post("\(path)/proofs", ["serialNumber": "SCAN-2"]).code == "wrongProof")
            #expect(try await client.post("\(path)/proofs", ["serialNumber": "SCAN-1"]).string("next") == "approval")
            #expect(try await client.post("\(path)/pairing", [:]).code == "outOfTurn")
            #expect(try await served.bank.activations.state(of: id).order.record.sent == nil, "the factory's secret is forgotten")
            // The keys on both sides are the same: the Scan opens what the bank seals.
            let content = try await served.bank.activations.approval(of: id).content
            let operation = try await served.bank.operations.begin(
                content, for: SubscriberID("alice"), with: DeviceID("SCAN-1"), idempotencyKey: "1")
            let answer = try await scan.respond(to: served.bank.operations.presentation(of: operation.id), with: Owner())
            _ = try await served.bank.operations.submit(answer, to: operation.id)
            #expect(try await client.get("/v1/operations/\(operation.id)").string("state") == "succeeded")
        }
    }

    @Test func `a phone's own pairing takes a PIN, and its key is vouched for by the second code`() async throws {
        let served = try ServedBank()
        try await served.admit()
        var random = SystemRandomNumberGenerator()
        let (phone, record) = try EmulatedMobile.manufacture(
            serial: DeviceID("MOBILE-1"), issuer: served.issuer.identity, now: { served.clock.now }, using: &random)
        try await served.served { (client) async throws in
            let (path, id) = try await order("mobile", client)
            try await served.bank.activations.send(SentDevice(record, answerKey: phone.answerKey, isEmulated: true), for: id)
            #expect(try await client.post("\(path)/proofs", ["activationCode": "AB123"]).string("next") == "keys")
            #expect(try await client.post("\(path)/pairing", [:]).status == 201)
            for digits in [10, 8] {
                let shown = try await code(of: phone, at: served.bank.pairings.stand(of: id))
                #expect(shown.count == digits)
                #expect(try await client.post("\(path)/pairing/codes", ["code": shown]).status == 200)
            }
            #expect(try await client.get(path).string("next") == "deviceName")
        }
    }

    @Test func `a second Scan is paired only where it replaces the first one`() async throws {
        let served = try ServedBank()
        try await served.admit()
        var random = SystemRandomNumberGenerator()
        let (old, known) = try EmulatedScan.manufacture(serial: DeviceID("SCAN-1"), issuer: served.issuer.identity, using: &random)
        let nonce = Array<UInt8>(0..<16)
        try old.pair(nonce: nonce, enrolment: "old")
        let name = try #require(EnrolmentID(rawValue: "old"))
        try await served.bank.enrolments.enrol(
            DeviceID("SCAN-1"), as: .scan, for: SubscriberID("alice"),
            with: .pairing(known, ScanKeys(record: known, nonce: nonce, enrolment: "old")), id: name, isEmulated: true)
        let (_, record) = try EmulatedScan.manufacture(serial: DeviceID("SCAN-2"), issuer: served.issuer.identity, using: &random)
        try await served.served { (client) async throws in
            let (path, id) = try await order("scan", client)
            try await served.bank.activations.send(SentDevice(record, isEmulated: true), for: id)
            #expect(try await client.post("\(path)/pairing", [:]).code == "limitReached")
            #expect(try await client.post("\(path)/pairing", ["replaces": "SCAN-2"]).code == "unsuitableReplacement")
            #expect(try await client.post("\(path)/pairing", ["replaces": "SCAN-1"]).status == 201)
        }
    }

    @Test func `a pairing goes on after a restart and at another node, with the same QR codes`() async throws {
        let served = try ServedBank()
        try await served.admit()
        var random = SystemRandomNumberGenerator()
        let (phone, record) = try EmulatedMobile.manufacture(
            serial: DeviceID("MOBILE-1"), issuer: served.issuer.identity, now: { served.clock.now }, using: &random)
        try await served.served { (client) async throws in
            let (path, id) = try await order("mobile", client)
            let bank = served.bank
            try await bank.activations.send(SentDevice(record, answerKey: phone.answerKey, isEmulated: true), for: id)
            #expect(try await client.post("\(path)/proofs", ["activationCode": "AB123"]).string("next") == "keys")
            #expect(try await client.post("\(path)/pairing", [:]).status == 201)
            // Each of them knows what is in the store, and nothing else.
            func restarted() -> Pairings { Pairings(bank.activations, for: bank.operations) }
            let before = try await bank.pairings.stand(of: id)
            #expect(try await restarted().stand(of: id).text == before.text)
            await #expect(throws: SubscriberError.enrolment(.wrongProof)) { try await restarted().take("0000000000", for: id) }
            let first = try await code(of: phone, at: before)
            let middle = try #require(try await restarted().take(first, for: id))
            #expect(middle.awaits == .secondCode)
            #expect(try await restarted().stand(of: id).text == middle.text)
            // A code that was right is spent.
            await #expect(throws: SubscriberError.enrolment(.wrongProof)) { try await restarted().take(first, for: id) }
            let second = try await code(of: phone, at: middle)
            #expect(try await restarted().take(second, for: id) == nil)
            #expect(try await client.get(path).string("next") == "deviceName")
            await #expect(throws: SubscriberError.enrolment(.noPairing(id))) { try await restarted().take(second, for: id) }
        }
    }

    @Test func `wrong codes end a pairing wherever each of them was taken`() async throws {
        let served = try ServedBank()
        try await served.admit()
        var random = SystemRandomNumberGenerator()
        let (_, record) = try EmulatedScan.manufacture(serial: DeviceID("SCAN-1"), issuer: served.issuer.identity, using: &random)
        try await served.served { (client) async throws in
            let (_, id) = try await order("scan", client)
            let bank = served.bank
            try await bank.activations.send(SentDevice(record, isEmulated: true), for: id)
            _ = try await bank.pairings.begin(id)
            for _ in 0..<ScanPairing.attemptLimit {
                await #expect(throws: SubscriberError.enrolment(.wrongProof)) {
                    try await Pairings(bank.activations, for: bank.operations).take("0000000000", for: id)
                }
            }
            await #expect(throws: SubscriberError.enrolment(.noPairing(id))) { try await bank.pairings.stand(of: id) }
        }
    }

    @Test func `five wrong codes close the order, and a pairing has its time`() async throws {
        let served = try ServedBank()
        try await served.admit()
        var random = SystemRandomNumberGenerator()
        let (scan, record) = try EmulatedScan.manufacture(serial: DeviceID("SCAN-1"), issuer: served.issuer.identity, using: &random)
        try await served.served { (client) async throws in
            let (path, id) = try await order("scan", client)
            try await served.bank.activations.send(SentDevice(record, isEmulated: true), for: id)
            #expect(try await client.post("\(path)/pairing", [:]).status == 201)
            served.clock.advance(by: Pairings.lifetime)
            #expect(try await client.get("\(path)/pairing").code == "noPairing")
            #expect(try await client.post("\(path)/pairing", [:]).status == 201)
            for _ in 0..<4 { #expect(try await client.post("\(path)/pairing/codes", ["code": "0000000000"]).code == "wrongProof") }
            #expect(try await client.post("\(path)/pairing/codes", ["code": "0000000000"]).code == "wrongProof")
            #expect(try await client.post("\(path)/pairing/codes", ["code": "0000000000"]).code != "wrongProof")
            #expect(try await client.post("\(path)/pairing", [:]).code == "closed")
            served.clock.advance(by: 1_800)
            // The device takes a later pairing only, and gets one.
            #expect(try await client.post("\(path)/pairing", [:]).status == 201)
            let first = try await code(of: scan, at: served.bank.pairings.stand(of: id))
            #expect(try await client.post("\(path)/pairing/codes", ["code": first]).string("awaits") == "otherStep")
        }
    }
}
