import TestSupport
import Testing
import Threads

@Suite struct MailboxTests {
    @Test func elementsComeInOrder() throws {
        let mailbox = try Mailbox<Int>()
        for number in 0..<5 { mailbox.post(number) }
        #expect(mailbox.wait() == 0)
        mailbox.post(5)
        #expect(mailbox.wait() == 1)
        #expect(mailbox.drain() == [2, 3, 4, 5])
        #expect(mailbox.drain() == [])
    }

    @Test func anEmptyMailboxGivesNilAtItsTime() throws {
        let mailbox = try Mailbox<Int>()
        #expect(mailbox.wait(timeout: .zero) == nil)
        #expect(mailbox.wait(timeout: .seconds(-1)) == nil)
        let start = ContinuousClock.now
        #expect(mailbox.wait(timeout: .milliseconds(20)) == nil)
        #expect(start.duration(to: .now) >= .milliseconds(20))
    }

    @Test func aClosedMailboxGivesWhatItHasAndThenNil() throws {
        let mailbox = try Mailbox<Int>()
        #expect(mailbox.post(1))
        mailbox.close()
        mailbox.close()
        #expect(mailbox.isClosed)
        #expect(!mailbox.post(2))
        #expect(mailbox.wait() == 1)
        #expect(mailbox.wait() == nil)
        #expect(mailbox.drain() == [])
    }

    @Test func aTakenElementIsNotKept() throws {
        final class Token: Sendable {}
        let mailbox = try Mailbox<Token>()
        weak var first: Token?
        do {
            let token = Token()
            first = token
            mailbox.post(token)
            mailbox.post(Token())
        }
        #expect(first != nil)
        _ = mailbox.wait()
        #expect(first == nil)
    }

    @Test func threadsHandOverEveryElementOnce() throws {
        let count = 20_000
        let requests = try Mailbox<Int>()
        let results = try Mailbox<Int>()
        let lanes = try (0..<4).map { lane in
            try OSThread(name: "lane-\(lane)") {
                while let request = requests.wait() { results.post(request) }
            }
        }
        let reader = try OSThread(name: "reader") {
            for number in 0..<count { requests.post(number) }
            requests.close()
        }
        var received: [Int] = []
        while received.count < count {
            received.append(try #require(results.wait(timeout: patience)))
            received += results.drain()
        }
        #expect(received.sorted() == Array(0..<count))
        for thread in lanes + [reader] { thread.join() }
    }

    @Test func closingEndsAWaitOnAnotherThread() throws {
        let mailbox = try Mailbox<Int>()
        let outcome = try Mailbox<Bool>()
        let waiting = try OSThread(name: "waits") { outcome.post(mailbox.wait() == nil) }
        mailbox.close()
        #expect(outcome.wait(timeout: patience) == true)
        waiting.join()
    }
}
