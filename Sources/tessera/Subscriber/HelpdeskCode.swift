import DeviceProtocol
import Foundation
import Verification

/// A helpdesk's code that was made, as it is printed: the digits alone on standard output, and what they are for beside them.
struct HelpdeskCodeReport: Encodable {
    let secret: String
    let goodUntil: Date
    let subscriber: String
    let device: String?
    let isSubscriberBlocked: Bool
    /// Until when the one would have been good that was made before; `nil` where none was.
    let formerGoodUntil: Date?

    /// Makes a code; one that was made before is worth nothing from now on.
    init(for subject: Recovery.Subject, at desk: Desk) async throws {
        try Tessera.requireOutput()
        let device: Enrolment?
        let owner: SubscriberID
        switch subject {
        case .person(let id): (device, owner) = (nil, id)
        case .device(let id):
            let found = try await desk.enrolment(of: id)
            (device, owner) = (found, found.subscriber)
        }
        let person = try await desk.subscribers.subscriber(owner)
        let code = try await desk.recovery.helpdeskCode(for: subject)
        let now = Date()
        secret = code.reveal()
        goodUntil = now + Recovery.helpdeskTime
        subscriber = owner.rawValue
        self.device = device?.device.rawValue
        isSubscriberBlocked = person?.isBlocked(at: now) ?? false
        let former = device.map { $0.life.helpdeskCode } ?? person?.record.helpdeskCode
        formerGoodUntil = former.flatMap { now < $0.until ? $0.until : nil }
    }

    /// Says what the code is for, then prints it.
    func print(to output: OutputOptions, _ store: StoreOptions) throws {
        if !output.json { for line in lines(store) { FileHandle(descriptor: 2).write(line: "tessera: \(line)") } }
        try output.print(self) { secret }
    }

    private func lines(_ store: StoreOptions) -> [String] {
        let (person, end) = (subscriber.quotedForShell, goodUntil.formatted(.iso8601))
        var lines: [String] = []
        if let device {
            lines.append("opens the device \"\(device)\" of \(subscriber), once, until \(end):")
            lines.append("  tessera device reactivate \(device.quotedForShell) \(store.words)")
        } else {
            lines.append("opens \(subscriber), once, until \(end):")
            lines.append("  tessera subscriber unblock \(person) \(store.words)")
        }
        if let formerGoodUntil {
            lines.append("the code made before, good until \(formerGoodUntil.formatted(.iso8601)), is worth nothing any more")
        }
        if device != nil, isSubscriberBlocked {
            lines.append("\(subscriber) is blocked, too, and needs another code for that:")
            lines.append("  tessera subscriber helpdesk-code \(person) \(store.words)")
        }
        if device == nil, !isSubscriberBlocked { lines.append("\(subscriber) is not blocked") }
        return lines
    }
}

extension Recovery {
    /// Opens a person or device with a code that was told to a clerk, who is the helpdesk: what is not right is the same in all cases.
    func open(_ subject: Subject, atTheDeskWith proof: Proof) async throws {
        do { try await open(subject, with: proof) } catch SubscriberError.refused {
            throw Failure(
                "the code is not accepted",
                hint: "compare it; a helpdesk's code is good once, for 30 minutes, until another one is made, or five were wrong",
                exit: .refused)
        }
    }
}
