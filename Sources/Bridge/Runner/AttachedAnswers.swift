public import DeviceProtocol
public import HTTPDoor

/// What logins need of the Runner: an answer of an attached device that is not submitted by it.
public protocol AttachedAnswers: Sendable {
    /// Queues for the attached device, lets it answer this challenge, and gives the response without submitting it.
    ///
    /// - Parameters:
    ///   - id: the challenge that is answered, for whoever looks at the queue; `nil` where there is none.
    ///   - caller: whose turn it is among those who wait for the device.
    /// - Throws: ``DeviceError``, e.g. `removed` when no such device is attached; ``Problem`` 429 when too many wait for it.
    func answer(
        _ presentation: Presentation, for id: ChallengeID?, on device: DeviceID, by caller: Caller
    ) async throws -> Response
}
