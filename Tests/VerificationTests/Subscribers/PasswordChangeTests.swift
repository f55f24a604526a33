import DeviceProtocol
import Foundation
import SQLiteStore
import Testing

@testable import Verification

/// Changing a password is no way to find one: whoever is refused learns nothing from words, hashes or commits.
struct PasswordChangeTests {
    /// What somebody who wants another password has wrong.
    enum Reason: String, CaseIterable, Sendable {
        case unknown, noPassword, wrong, wrongAndUnsuitable, blocked, blockedAndWrong, blockedAndUnsuitable
    }

    /// What somebody who is refused can see, and what it cost.
    struct Seen: Hashable {
        let error: SubscriberError
        let hashes: Int
        let commits: Int
    }

    private func refuse(_ reason: Reason) async throws -> Seen {
        let store = CountingStore(try SQLiteStore(inMemory: .test))
        let hasher = SecretHasher()
        let customers = try TestCustomers(store: store, hasher: hasher)
        switch reason {
        case .unknown: break
        case .noPassword: try await customers.subscribers.create(customers.alice)
        default: try await customers.admitAlice()
        }
        if [.blocked, .blockedAndWrong, .blockedAndUnsuitable].contains(reason) {
            for _ in 0..<5 {
                await #expect(throws: SubscriberError.refused) {
                    try await customers.subscribers.confirm(secret("Wrong-1x"), of: customers.alice)
                }
            }
            #expect(try await customers.subscriber().isBlocked(at: customers.bank.clock.now))
        }
        let old = [.wrong, .wrongAndUnsuitable, .blockedAndWrong].contains(reason) ? "Wrong-1x" : TestCustomers.password
        let new = [.wrongAndUnsuitable, .blockedAndUnsuitable].contains(reason) ? "short" : "N3u+Wort"
        let (hashes, commits) = (hasher.begun, store.commits)
        let error = try #require(
            await #expect(throws: SubscriberError.self) {
                try await customers.subscribers.changePassword(of: customers.alice, from: secret(old), to: secret(new))
            })
        return Seen(error: error, hashes: hasher.begun - hashes, commits: store.commits - commits)
    }

    @Test func `who is refused another password sees the same and costs two hashes and one commit, whatever was wrong`() async throws {
        var seen: [Seen: [Reason]] = [:]
        for reason in Reason.allCases { seen[try await refuse(reason), default: []].append(reason) }
        #expect(Set(seen.keys) == [Seen(error: .refused, hashes: 2, commits: 1)], "\(seen)")
    }

    @Test func `another password ends all sessions but the one in which it is changed`() async throws {
        let customers = try TestCustomers()
        try await customers.admitAlice()
        let token = try await customers.enrolToken()
        var opened: [Logins.Opened] = []
        for _ in 0..<3 {
            customers.bank.clock.advance(by: 60)
            opened.append(try await customers.logIn(code: token.code(at: customers.bank.clock.now)))
        }
        await #expect(throws: SubscriberError.refused) {
            try await customers.subscribers.changePassword(of: customers.alice, from: secret("Wrong-1x"), to: secret("N3u+Wort"))
        }
        #expect(try await customers.sessions.sessions(of: customers.alice).count == 3, "a wrong one ends none")
        try await customers.subscribers.changePassword(
            of: customers.alice, from: secret(TestCustomers.password), to: secret("N3u+Wort"), keeping: opened[1].token)
        #expect(try await customers.sessions.sessions(of: customers.alice).map(\.id) == [opened[1].session.id])
        try await customers.subscribers.changePassword(of: customers.alice, from: secret("N3u+Wort"), to: secret("N0ch+Eins"))
        #expect(try await customers.sessions.sessions(of: customers.alice).isEmpty)
    }

    @Test func `a forgotten password that is replaced ends all sessions, and a former initial password dies`() async throws {
        let customers = try TestCustomers()
        try await customers.subscribers.create(customers.alice)
        _ = try await customers.subscribers.sendInitialPassword(to: customers.alice)
        #expect(try await customers.subscriber().record.initialPassword != nil)
        try await customers.setPassword(TestCustomers.password)
        #expect(try await customers.subscriber().record.initialPassword == nil)
        let (bank, clock) = (customers.bank, customers.bank.clock)
        let token = try await customers.enrolToken()
        var opened: [Logins.Opened] = []
        for _ in 0..<2 {
            clock.advance(by: 60)
            opened.append(try await customers.logIn(code: token.code(at: clock.now)))
        }
        clock.advance(by: 60)
        let operation = try await bank.begin(Subscribers.approvalOfPassword(for: customers.alice), with: token.id)
        #expect(try await bank.operations.submit(.code(token.code(at: clock.now)), to: operation.id).name == "succeeded")
        #expect(try await customers.sessions.sessions(of: customers.alice).count == 2)
        try await customers.subscribers.resetPassword(of: customers.alice, to: secret("N3u+Wort"), approvedBy: operation.id)
        #expect(try await customers.sessions.sessions(of: customers.alice).isEmpty)
        for gone in opened {
            await #expect(throws: SubscriberError.sessionOver) { try await customers.sessions.goOn(with: gone.token) }
        }
    }

    @Test func `who is blocked learns nothing from the right password, and the password stays`() async throws {
        let customers = try TestCustomers()
        try await customers.admitAlice()
        let before = try await customers.subscriber().record.password
        for _ in 0..<5 {
            await #expect(throws: SubscriberError.refused) {
                try await customers.subscribers.changePassword(of: customers.alice, from: secret("Wrong-1x"), to: secret("N3u+Wort"))
            }
        }
        await #expect(throws: SubscriberError.refused) {
            try await customers.subscribers.changePassword(
                of: customers.alice, from: secret(TestCustomers.password), to: secret("N3u+Wort"))
        }
        #expect(try await customers.subscriber().record.password == before)
    }
}
