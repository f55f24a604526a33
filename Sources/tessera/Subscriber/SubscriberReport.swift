import Foundation
import Verification

/// A customer, as they are printed.
struct SubscriberReport: Encodable {
    let id: String
    let hasPassword: Bool
    let hasInitialPassword: Bool
    let questions: Int
    let wrongAnswers: Int
    let isBlocked: Bool
    let blockedUntil: Date?
    let devices: [EnrolmentReport]
    let orders: [OrderReport]

    init(_ subscriber: Subscriber, enrolments: [Enrolment], orders: [Order], at now: Date) {
        id = subscriber.id.rawValue
        hasPassword = subscriber.record.password != nil
        hasInitialPassword = subscriber.record.initialPassword != nil
        questions = subscriber.record.questions.count
        wrongAnswers = subscriber.failures
        isBlocked = subscriber.isBlocked(at: now)
        blockedUntil = subscriber.blockedUntil(at: now)
        devices = enrolments.map(EnrolmentReport.init)
        self.orders = orders.filter { $0.record.state == .ordered }.map { OrderReport($0, next: nil) }
    }

    var text: String {
        let block = !isBlocked ? "no" : blockedUntil.map { "until \($0.formatted(.iso8601))" } ?? "for good"
        let head = """
            \(id)
              password       \(hasPassword ? "chosen" : hasInitialPassword ? "the initial one is on its way" : "none")
              questions      \(questions)
              wrong answers  \(wrongAnswers)
              blocked        \(block)
            """
        let waiting = orders.map { order in
            "  ordered        \(order.product), \(order.id), to be activated before \(order.activateBefore.formatted(.iso8601))"
        }
        guard !devices.isEmpty else { return ([head] + waiting + ["  devices        none"]).joined(separator: "\n") }
        return ([head] + waiting + ["", EnrolmentReport.table(devices)]).joined(separator: "\n")
    }
}

extension Desk {
    /// A customer as they stand now.
    func report(of id: SubscriberID) async throws -> SubscriberReport {
        guard let subscriber = try await subscribers.subscriber(id) else { throw SubscriberError.noSuchSubscriber(id) }
        let enrolments = try await enrolments.enrolments(of: id)
        let orders = try await activations.orders(of: id)
        return SubscriberReport(subscriber, enrolments: enrolments, orders: orders, at: Date())
    }
}

/// A secret that was made, as it is printed: once, for the letter.
struct SecretReport: Encodable {
    let secret: String
}
