import DeviceProtocol
import Foundation
import Logging
import Verification

/// What the Runner hears of: devices that come and go, time that passes, its own start and end.
extension Runner {
    func handle(_ event: DeviceEvent) async {
        switch event {
        case .arrived(let device):
            let id = device.descriptor.id
            present[id] = device
            board.put(Board.Present(descriptor: device.descriptor))
            await tell(.arrived, of: id)
            for job in jobs.values where job.device == id { wake(job.number) }
            refreshStatus(of: device)
        case .left(let id):
            present[id] = nil
            if let number = queues[id]?.current?.job, let job = jobs[number] {
                let state = job.state
                // A command that runs fails by itself and says what may have happened; a prompt would be shown for ever. A claim that
                // still waits for the store is taken back.
                if !state.isClaimed || state.isPrompting { job.stop(.left) }
                wake(number)
            }
            board.remove(id)
            await tell(.left, of: id)
        }
    }

    private func tell(_ kind: DeviceHappening.Kind, of id: DeviceID) async {
        var happening = DeviceHappening(kind, id)
        happening.description = board.device(id).map(DeviceForm.init)
        await feed.tell(happening)
    }

    /// Asks an idle device how many tries are left; what cannot be told stays as it was.
    ///
    /// Whoever needs the device ends this.
    func refreshStatus(of device: any Device) {
        let id = device.descriptor.id
        guard let device = device as? any StatusDevice, queues[id]?.current == nil, statuses[id] == nil else { return }
        statuses[id] = Task {
            if let status = try? await device.status() { board.change(id) { $0.status = status } }
            statuses[id] = nil
        }
    }

    /// Looks at leases, at what is over, and at claims that nobody stands by any more.
    func tick() async {
        let (now, uptime) = (bank.operations.now(), uptime())
        var asked: [Job] = []
        for job in jobs.values {
            if now >= job.expiresAt {
                if let operation = job.operation { _ = try? await bank.operations.operation(operation.id) }
                halt(job, .over)
            } else if let end = job.state.claimEnd, uptime >= end {
                job.stop(.late)
            } else if !job.state.isClaimed, job.state.lease?.hasLapsed(at: uptime) == true {
                await lapse(job, at: uptime)
            } else if queues[job.device]?.current?.job == job.number, !job.state.isClaimed || job.state.isPrompting {
                asked.append(job)
            }
        }
        await endWhatIsOver(asked)
    }

    /// Lets go of what was answered elsewhere, or has ended with what it would sign, as long as the person is asked.
    private func endWhatIsOver(_ jobs: [Job]) async {
        let ids = jobs.compactMap(\.id)
        guard !ids.isEmpty else { return }
        // One look for all, which changes nothing.
        let over = try? await bank.store.read { (reader) throws(StoreError) in
            var over: Set<ChallengeID> = []
            for id in ids where try reader.operation(id)?.outcome != nil { over.insert(id) }
            return over
        }
        guard let over else { return }
        for job in jobs where job.id.map(over.contains) == true { halt(job, .over) }
    }

    private func lapse(_ job: Job, at now: Duration) async {
        var isThere = isAttended(job.id, by: job.caller)
        if !isThere { isThere = await feed.isListening(job.caller) }
        if isThere {
            job.change { $0.lease?.renew(at: now) }
        } else if let operation = job.operation {
            do throws(VerificationError) { _ = try await bank.operations.cancel(operation.id) } catch {
                // Claimed a moment ago, so that it runs to its outcome; or the store cannot be asked, and is asked again.
                switch error {
                case .ended, .noSuchOperation: break
                default: return
                }
            }
            halt(job, .over)
        }
    }

    // MARK: Start and end

    /// Takes up what waited for a device of this node when its last process ended; of what was being answered nobody can tell what became.
    func recover() async throws(StoreError) {
        let operations = try await attached()
        _ = watchedClaims.look(at: operations, uptime())
        for operation in operations {
            switch operation.state {
            // Looked at, which also settles one whose time was over meanwhile.
            case .pending where operation.attachment?.node == node:
                if let found = try? await bank.operations.operation(operation.id) { take(found) }
            // Whoever went by this name is gone; another node's claim is watched from here on.
            case .working:
                let claim = operation.attachment?.claim
                if claim == nil || claim?.node == node { await giveUp(operation) }
            case .pending, .ended: break
            }
        }
    }

    /// Ends what other nodes claimed, and then were not heard of; takes up what waits here without anybody having said so.
    ///
    /// The store may have begun an operation whose request was told that nobody knows (``Verification/StoreError/unknownOutcome(server:)``).
    func sweep() async {
        guard let operations = try? await attached() else { return }
        let lapsed = watchedClaims.look(at: operations, uptime())
        for operation in operations where !isRunning(operation.id) {
            switch operation.state {
            case .pending where operation.attachment?.node == node:
                if let found = try? await bank.operations.operation(operation.id) { take(found) }
            case .working: if lapsed.contains(operation.id) { await giveUp(operation) }
            case .pending, .ended: break
            }
        }
    }

    private func attached() async throws(StoreError) -> [Verification.Operation] {
        var operations: [Verification.Operation] = []
        while true {
            let position = operations.last?.change ?? 0
            let page = try await bank.store.read { (reader) throws(StoreError) in
                try reader.attachedOperations(after: position, limit: 100)
            }
            operations += page
            if page.count < 100 { return operations }
        }
    }

    private func giveUp(_ operation: Verification.Operation) async {
        if (try? await bank.operations.giveUp(operation.id)) != nil {
            logger.notice("nobody can tell what became of an operation", metadata: ["operation": "\(operation.id)"])
        }
    }

    /// Ends what can be ended: what is pending goes on after the next start, a claimed device gets a little time.
    func end() async {
        isEnding = true
        await waitForJobs(limits.grace) { $0.isHarmlessToStop }
        // What became of them is still to be stored.
        await waitForJobs(.seconds(1)) { _ in true }
    }

    /// Waits until there is no job left, at most for a time, and halts those that may be halted by then.
    private func waitForJobs(_ time: Duration, halting mayHalt: (Job.Run) -> Bool) async {
        let pause = Duration.milliseconds(20)
        var left = time
        while true {
            for job in jobs.values where mayHalt(job.state) { halt(job, .shutdown) }
            guard !jobs.isEmpty, left > .zero, (try? await clock.pause(for: pause)) != nil else { return }
            left -= pause
        }
    }
}
