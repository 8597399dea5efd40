import Glibc
import Testing
import Threads
import ZeroMQ

@Suite struct PollerTests {
    @Test func onlyWhatIsReadyIsReported() throws {
        let context = try Context()
        let router = try Socket(.router, in: context)
        let dealer = try Socket(.dealer, in: context)
        let mailbox = try Mailbox<Int>()
        try dealer.connect(to: router.bind(to: anyLocalPort))
        #expect(try isWritable(dealer))
        var poller = Poller()
        let peers = poller.add(router)
        let results = poller.add(mailbox)
        #expect(try poller.wait(timeout: .zero) == [])
        mailbox.post(1)
        #expect(try poller.wait(timeout: patience) == [results])
        #expect(mailbox.drain() == [1])
        #expect(try dealer.send([Frame("x")]) == .sent)
        #expect(try poller.wait(timeout: patience) == [peers])
        mailbox.post(2)
        #expect(try poller.wait(timeout: patience) == [peers, results])
        #expect(try router.receive() != nil)
        #expect(try poller.wait(timeout: .zero) == [results])
    }

    @Test func aMessageFromAnotherThreadEndsTheWait() throws {
        let context = try Context()
        let router = try Socket(.router, in: context)
        let endpoint = try router.bind(to: anyLocalPort)
        let sender = try OSThread(name: "sender") {
            do {
                let dealer = try Socket(.dealer, in: context)
                try dealer.connect(to: endpoint)
                #expect(try isWritable(dealer))
                #expect(try dealer.send([Frame("from afar")]) == .sent)
            } catch {
                Issue.record(error)
            }
        }
        #expect(try next(from: router)?.frames.last?.text == "from afar")
        sender.join()
    }

    @Test func aTimeoutIsNeitherShortenedNorMissed() throws {
        var poller = Poller()
        let start = ContinuousClock.now
        #expect(try poller.wait(timeout: .microseconds(20_500)) == [])
        #expect(start.duration(to: .now) >= .microseconds(20_500))
        #expect(try poller.wait(timeout: .seconds(-3)) == [])
    }

    @Test func anItemWithoutInterestIsNotWaitedFor() throws {
        let mailbox = try Mailbox<Int>()
        mailbox.post(1)
        var poller = Poller()
        let item = poller.add(mailbox)
        poller.setInterest([], of: item)
        #expect(try poller.wait(timeout: .zero) == [])
        poller.setInterest(.readable, of: item)
        #expect(try poller.wait(timeout: .zero) == [item])
    }

    @Test func aPipeAtItsEndIsReady() throws {
        var ends: [CInt] = [0, 0]
        let result = unsafe pipe(&ends)
        try #require(result == 0)
        var poller = Poller()
        let item = poller.add(descriptor: ends[0])
        #expect(try poller.wait(timeout: .zero) == [])
        close(ends[1])
        #expect(try poller.wait(timeout: patience) == [item])
        poller.setInterest([], of: item)
        #expect(try poller.wait(timeout: .zero) == [])
        poller.setInterest(.readable, of: item)
        #expect(try poller.wait(timeout: .zero) == [item])
        close(ends[0])
    }

    @Test func aPollerKeepsItsSocketOpen() throws {
        var poller = Poller()
        do {
            let socket = try Socket(.router, in: Context())
            _ = poller.add(socket)
        }
        #expect(try poller.wait(timeout: .zero) == [])
    }

    @Test func aSignalDoesNotEndTheWait() throws {
        // Without a handler the signal would be ignored by the system and interrupt nothing.
        signal(SIGURG) { _ in }
        let waiting = try Mailbox<pthread_t>()
        let mailbox = try Mailbox<Int>()
        let outcome = try Mailbox<Int>()
        let thread = try OSThread(name: "waits") {
            // The threads that run tests block every signal, and this one has that from them.
            var interruption = sigset_t()
            unsafe sigemptyset(&interruption)
            unsafe sigaddset(&interruption, SIGURG)
            unsafe pthread_sigmask(SIG_UNBLOCK, &interruption, nil)
            var poller = Poller()
            _ = poller.add(mailbox)
            waiting.post(pthread_self())
            do {
                outcome.post(try poller.wait(timeout: patience).count)
            } catch {
                outcome.post(-1)
            }
        }
        let id = try #require(waiting.wait(timeout: patience))
        for _ in 0..<20 {
            pthread_kill(id, SIGURG)
            #expect(outcome.wait(timeout: .milliseconds(2)) == nil)
        }
        mailbox.post(1)
        #expect(outcome.wait(timeout: patience) == 1)
        thread.join()
    }

    @Test func aMailboxIsReadyExactlyWhileThereIsSomething() throws {
        let mailbox = try Mailbox<Int>()
        var poller = Poller()
        let item = poller.add(mailbox)
        #expect(try poller.wait(timeout: .zero) == [])
        mailbox.post(1)
        mailbox.post(2)
        #expect(try poller.wait(timeout: nil) == [item])
        #expect(mailbox.wait() == 1)
        #expect(try poller.wait(timeout: nil) == [item])
        #expect(mailbox.wait() == 2)
        #expect(try poller.wait(timeout: .zero) == [])
        mailbox.post(3)
        #expect(mailbox.drain() == [3])
        #expect(try poller.wait(timeout: .zero) == [])
        mailbox.close()
        #expect(try poller.wait(timeout: nil) == [item])
    }
}
