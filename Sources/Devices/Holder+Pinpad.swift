import CardApplications
import DeviceProtocol
import ISO7816

extension Holder {
    /// Has PINs typed at a reader's own keys: says so before, and afterwards that they are no longer waited for, however it ended.
    func atPinpad(
        _ request: PINRequest, _ entry: () async throws(CardError) -> PINOutcome
    ) async throws(CardError) -> PINOutcome {
        await show(.enterPINOnPinpad(request))
        let outcome: Result<PINOutcome, CardError>
        do { outcome = .success(try await entry()) } catch { outcome = .failure(error) }
        await pinpadIsDone()
        return try outcome.get()
    }
}
