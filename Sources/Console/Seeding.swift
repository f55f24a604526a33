import Foundation
import HTTPDoor
import HTTPTypes
import Logging
import NIOCore

/// Makes the demo's customers and their emulated devices, through the doors that any banking core has.
///
/// A password is set as for somebody who forgot theirs: the customer's Scan, emulated too, approves it.
struct Seeding: Sendable {
    let bank: DemoBank
    let logger: Logger

    /// The devices at the start.
    private static let devices: [(user: String, kinds: [String])] = [
        ("anna", ["scan", "token", "mobile", "smartcard", "stick"]), ("ben", ["scan"]),
    ]
    /// How long the doors may take to open.
    private static let patience: Duration = .seconds(120)

    /// Returns when all are there, when it cannot be done, or when the task is cancelled.
    func run() async {
        let end = ContinuousClock.now + Self.patience
        while !Task.isCancelled {
            do throws(Problem) {
                try await seed()
                bank.book.becomeReady()
                bank.hub.tell("state")
                return
            } catch {
                bank.book.meetTrouble(error.detail)
                bank.hub.tell("state")
                guard error.isRetryable, ContinuousClock.now < end else {
                    logger.error("the demo's customers could not be made", metadata: ["reason": "\(error.code): \(error.detail)"])
                    return
                }
            }
            try? await Task.sleep(for: .milliseconds(300))
        }
    }

    /// What is there already is left as it is: this may run again after half of it.
    private func seed() async throws(Problem) {
        for customer in bank.book.customers { try await create(customer.user) }
        for (user, kinds) in Self.devices {
            let present = try await bank.emulators.ask(.get, ["emulators"]).json["emulators"]?.elements ?? []
            for kind in kinds where !present.contains(where: { $0["subscriber"]?.text == user && $0["kind"]?.text == kind }) {
                let holder = bank.book.customers.first { $0.user == user }?.name ?? user
                let made = try await bank.emulators.ask(
                    .post, ["emulators"],
                    json: [
                        "kind": .string(kind), "subscriber": .string(user), "holder": .string(holder), "behaviour": "wait", "pin": "123456",
                    ], deadline: .seconds(60)
                ).json
                guard let device = made["device"]?.text else { throw Self.malformed }
                // A device opens nothing before the bank knows its owner.
                _ = try await bank.bridge.ask(.post, ["enrolments", device, "identify"], json: ["identification": "branch"])
            }
            if bank.book.customers.first(where: { $0.user == user })?.password == nil { try await setPassword(of: user) }
        }
        guard bank.book.letters.isEmpty else { return }
        do throws(Problem) {
            let initial = try await bank.bridge.ask(.post, ["subscribers", "chris", "initial-password"]).json["password"]?.text
            if let initial { bank.book.setInitialPassword(of: "chris", to: initial) }
        } catch {
            // In a store of an earlier run chris may have chosen a password.
            guard error.code == "hasPassword" else { throw error }
        }
        _ = try await Orders(bank: bank).order("scan", for: "chris")
    }

    private func create(_ user: String) async throws(Problem) {
        do throws(Problem) { _ = try await bank.bridge.ask(.get, ["subscribers", user]) } catch {
            guard error.status == .notFound else { throw error }
            _ = try await bank.bridge.ask(.post, ["subscribers"], json: ["id": .string(user)])
        }
    }

    /// The customer's Scan reads the QR code and agrees by itself; its code makes the password theirs.
    private func setPassword(of user: String) async throws(Problem) {
        let emulators = try await bank.emulators.ask(.get, ["emulators"]).json["emulators"]?.elements ?? []
        guard let scan = emulators.first(where: { $0["subscriber"]?.text == user && $0["kind"] == "scan" }), let name = scan["id"]?.text,
            let device = scan["device"]
        else { throw Problem(.conflict, "notFound", "\(user) has no Scan") }
        let approvals = try await bank.bridge.ask(.get, ["subscribers", user, "approvals"]).json
        guard let content = approvals["newPassword"] else { throw Self.malformed }
        let begun = try await bank.bridge.ask(
            .post, ["operations"], headers: [("Idempotency-Key", Browser.randomText())],
            json: ["subscriber": .string(user), "device": device, "content": content]
        ).json
        guard let operation = begun["id"]?.text else { throw Self.malformed }
        let picture = try await bank.bridge.ask(.get, ["operations", operation, "qr.png"])
        _ = try await bank.emulators.ask(.put, ["emulators", name, "behaviour"], json: ["behaviour": "respond"])
        _ = try await bank.emulators.send(
            .post, ["emulators", name, "look"], headers: [("Content-Type", "image/png")], body: picture.body, deadline: .seconds(60))
        _ = try await bank.emulators.ask(.put, ["emulators", name, "behaviour"], json: ["behaviour": "wait"])
        let code = try await bank.emulators.ask(.get, ["emulators", name, "answer"]).json["code"]
        let answered = try await bank.bridge.ask(.post, ["operations", operation, "responses"], json: .members(["code": code])).json
        guard answered["state"] == "succeeded" else {
            throw Problem(.conflict, "notApproved", "the Scan of \(user) was not believed", isRetryable: true)
        }
        let password = DemoBook.password()
        _ = try await bank.bridge.ask(
            .post, ["subscribers", user, "password"], json: ["new": .string(password), "approvedBy": .string(operation)],
            deadline: .seconds(60))
        bank.book.setPassword(of: user, to: password)
    }

    private static let malformed = Problem(.badGateway, "doorRefused", "the bridge's answer is not understood")
}
