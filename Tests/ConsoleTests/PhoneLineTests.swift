import HTTPDoor
import Synchronization
import TestSupport
import Testing

@testable import Console

@Suite struct PhoneLineTests {
    @Test func `of two fetches of a phone, only the later one submits what the phone answers`() async throws {
        let looks = Mutex(0)
        try await StubDoor.with({ request in
            if request.hasPrefix("POST /v1/emulators/M/look") { looks.withLock { $0 += 1 } }
            switch request {
            case "GET /v1/emulators/M":
                return .json(
                    200,
                    #"{"kind": "mobile", "subscriber": "anna", "device": "M-1", "answer": {"code": "12345678", "signature": "c2lnbg=="}}"#)
            case "GET /v1/operations?subscriber=anna&limit=50":
                // Behind each look something else waits for the phone.
                let number = looks.withLock { $0 } + 1
                return .json(200, #"{"operations": [{"id": "op-\#(number)", "device": "M-1", "state": "pending"}]}"#)
            default: return .json(200, "{}")
            }
        }) { (door) async throws in
            let bank = DemoBank(at: door)
            for _ in 0..<2 { _ = try await PhoneLine(bank: bank).fetch("M") }
            // Both wait for the phone only from here on, which has answered the later one.
            let running = Task { await bank.jobs.run() }
            defer { running.cancel() }
            let areOver = await eventually { (try? (0..<Jobs.most).map { _ in try bank.jobs.place() }) != nil }
            #expect(areOver)
            #expect(door.asked.filter { $0.hasSuffix("/responses") } == ["POST /v1/operations/op-2/responses"])
        }
    }
}
