import Foundation
import HTTPDoor
import HTTPTypes
import NIOCore

/// An emulated phone's own line to the bank: it fetches what it is asked, and answers with its key; no code is typed.
///
/// A phone maker's service stands there in life. What comes back is submitted as every answer is.
struct PhoneLine: Sendable {
    let bank: DemoBank

    /// How long its person may take.
    private static let patience: Duration = .seconds(130)

    /// Lets a phone fetch what its bank asks it now.
    ///
    /// - Returns: the phone, which asks its person.
    func fetch(_ emulator: String) async throws(Problem) -> JSONValue {
        let place = try bank.jobs.place()
        let phone = try await bank.emulators.ask(.get, ["emulators", emulator]).json
        let operation = try await asked(of: phone)
        let picture = try await bank.bridge.ask(.get, ["operations", operation, "qr.png"])
        // From here on, what the phone answers belongs to this fetch, and to no former one.
        let turn = bank.phones.take(emulator)
        let asking = try await bank.emulators.send(
            .post, ["emulators", emulator, "look"], query: [("online", "true")], headers: [("Content-Type", "image/png")],
            body: picture.body, deadline: .seconds(60)
        ).json
        place.begin { await submit(of: emulator, to: operation, in: turn) }
        return asking
    }

    /// The operation that waits for this phone; the last one, where there are several.
    private func asked(of phone: JSONValue) async throws(Problem) -> String {
        let owner = phone["subscriber"]?.text ?? phone["order"]?.text.flatMap { bank.book.letter(of: $0)?.user }
        guard phone["kind"] == "mobile", let owner, let device = phone["device"] else { throw Self.nothing }
        let listed = try await bank.bridge.ask(.get, ["operations"], query: [("subscriber", owner), ("limit", "50")]).json
        let waiting = listed["operations"]?.elements.first { $0["device"] == device && $0["state"] == "pending" }
        guard let operation = waiting?["id"]?.text else { throw Self.nothing }
        return operation
    }

    /// Waits for the person before the phone, and submits what it signed; ends when the phone fetches again.
    private func submit(of emulator: String, to operation: String, in turn: Int) async {
        let end = ContinuousClock.now + Self.patience
        while !Task.isCancelled, ContinuousClock.now < end {
            guard let phone = try? await bank.emulators.ask(.get, ["emulators", emulator]).json else { return }
            // Asked after the look: what another fetch gave is never taken for this one's.
            guard bank.phones.isLast(turn, of: emulator) else { return }
            if let answer = phone["answer"] {
                // It was declined, or held before something else meanwhile.
                guard let code = answer["code"], let signature = answer["signature"] else { return }
                _ = try? await bank.bridge.ask(
                    .post, ["operations", operation, "responses"], json: ["code": code, "signature": signature])
                bank.hub.tell("state")
                return
            }
            try? await Task.sleep(for: .milliseconds(200))
        }
    }

    private static let nothing = Problem(
        .conflict, "nothingWaits", "the bank asks this phone nothing now", userAction: "begin something with it at the bank first")
}
