import DeviceProtocol

extension Subscribers {
    /// Replaces a subscriber's security questions.
    ///
    /// Answers are compared without case, accents, punctuation and doubled white space, and stored as passwords are.
    ///
    /// - Throws: ``SubscriberError``: too few, equal or empty ones, no such subscriber, no room to hash.
    public func setQuestions(of id: SubscriberID, to questions: [(text: String, answer: HeldSecret)]) async throws(SubscriberError) {
        let hashed = try await hash(questions)
        try await change(id) { subscriber, transaction, now throws(StoreError) in
            subscriber.record.questions = hashed
            try transaction.tell(.questionsChanged, to: id, at: now)
            return nil
        }
    }

    /// Whether all questions are answered rightly, in their order; each is compared, also after a wrong one, and a wrong answer counts.
    ///
    /// - Throws: ``SubscriberError/refused`` when they are not, or the person is blocked, unknown or has no questions.
    public func checkAnswers(of id: SubscriberID, _ answers: [HeldSecret]) async throws(SubscriberError) {
        let questions = try await store.look { reader throws(StoreError) in try reader.subscriber(id)?.record.questions ?? [] }
        var isRight = !questions.isEmpty && questions.count == answers.count
        for (index, answer) in answers.prefix(Self.questionCounts.upperBound).enumerated() {
            let normalised = try answer.normalisedAnswer()
            if index < questions.count {
                isRight = try await hasher.check(normalised, against: questions[index].answer) && isRight
            } else {
                _ = try await hasher.hash(normalised)
            }
        }
        let areRight = isRight
        try await store.settle { [policy] transaction throws(StoreError) -> Result<Void, SubscriberError> in
            let now = now()
            guard var subscriber = try transaction.subscriber(id) else {
                try transaction.refuseStranger(.answers, at: now)
                return .failure(.refused)
            }
            if areRight, !subscriber.isBlocked(at: now), subscriber.record.questions == questions { return .success(()) }
            try transaction.refuse(.answers, of: &subscriber, by: policy.blocking, at: now)
            return .failure(.refused)
        }
    }

    /// Checks and hashes questions.
    func hash(_ questions: [(text: String, answer: HeldSecret)]) async throws(SubscriberError) -> [SecurityQuestion] {
        let areTexts = questions.allSatisfy { text, _ in
            (1...SecurityQuestion.limit).contains(text.count)
                && (try? DisplayText(text, field: "question", limit: 4 * SecurityQuestion.limit)) != nil
        }
        guard Self.questionCounts.contains(questions.count), areTexts, Set(questions.map(\.text)).count == questions.count else {
            throw .unsuitableQuestions
        }
        var hashed: [SecurityQuestion] = []
        for (text, answer) in questions {
            let normalised = try answer.normalisedAnswer()
            guard normalised.count >= 2 else { throw .unsuitableQuestions }
            hashed.append(SecurityQuestion(text: text, answer: try await hasher.hash(normalised)))
        }
        return hashed
    }
}
