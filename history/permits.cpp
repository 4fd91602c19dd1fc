#include "history/permits.hpp"

#include <cassert>
#include <list>
#include <optional>
#include <utility>

#include "base/notify.hpp"

namespace history {

struct Permits::Waiter {
    Waiter(const boost::asio::any_io_executor& executor, std::size_t permits)
        : wanted{permits}, news{executor} {}

    void answer_with(Result<Permit> given) {
        answer.emplace(std::move(given));
        news.notify();
    }

    std::size_t wanted;
    std::optional<Result<Permit>> answer;
    base::Notify news;
};

struct Permits::State : std::enable_shared_from_this<State> {
    State(boost::asio::any_io_executor loop, std::size_t permits)
        : executor{std::move(loop)}, count{permits}, free{permits} {}

    [[nodiscard]] Permit give(std::size_t wanted) {
        free -= wanted;
        return Permit{shared_from_this(), wanted};
    }

    void give_back(std::size_t returned) {
        free += returned;
        assert(free <= count);
        serve();
    }

    /// Only ever the first one: who wants all of them must not be overtaken for ever.
    void serve() {
        while (!waiters.empty() && waiters.front()->wanted <= free) {
            const auto first = waiters.front();
            waiters.pop_front();
            first->answer_with(give(first->wanted));
        }
    }

    boost::asio::any_io_executor executor;
    std::size_t count;
    std::size_t free;
    bool is_closed = false;
    std::list<std::shared_ptr<Waiter>> waiters;
};

/// A place in the queue: left at the end of its life, however that comes.
class Permits::Place {
  public:
    Place(std::shared_ptr<State> state, std::shared_ptr<Waiter> waiter)
        : state_{std::move(state)}, waiter_{std::move(waiter)} {
        state_->waiters.push_back(waiter_);
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() {
        state_->waiters.remove(waiter_);
        state_->serve();
    }

  private:
    std::shared_ptr<State> state_;
    std::shared_ptr<Waiter> waiter_;
};

Permits::Permit::Permit(std::shared_ptr<State> state, std::size_t count)
    : state_{std::move(state)}, count_{count} {}

Permits::Permit::Permit(Permit&& other) noexcept
    : state_{std::move(other.state_)}, count_{std::exchange(other.count_, 0)} {}

Permits::Permit& Permits::Permit::operator=(Permit&& other) noexcept {
    if (this != &other) {
        give_back();
        state_ = std::move(other.state_);
        count_ = std::exchange(other.count_, 0);
    }
    return *this;
}

Permits::Permit::~Permit() {
    give_back();
}

void Permits::Permit::give_back() {
    if (const auto state = std::move(state_)) {
        state->give_back(std::exchange(count_, 0));
    }
}

Permits::Permits(boost::asio::any_io_executor executor, std::size_t count)
    : state_{std::make_shared<State>(std::move(executor), count)} {
    assert(count >= 1);
}

base::Task<Result<Permits::Permit>> Permits::acquire() {
    return take(state_, 1);
}

base::Task<Result<Permits::Permit>> Permits::acquire_all() {
    return take(state_, state_->count);
}

base::Task<Result<Permits::Permit>> Permits::take(std::shared_ptr<State> state,
                                                  std::size_t wanted) {
    if (state->is_closed) {
        co_return Error{ErrorCode::kClosed, "the history is closed"};
    }
    if (state->waiters.empty() && state->free >= wanted) {
        co_return state->give(wanted);
    }
    const auto waiter = std::make_shared<Waiter>(state->executor, wanted);
    const Place place{state, waiter};
    co_await waiter->news.wait();
    co_return std::move(*waiter->answer);
}

void Permits::close() {
    state_->is_closed = true;
    const auto waiters = std::exchange(state_->waiters, {});
    for (const auto& waiter : waiters) {
        waiter->answer_with(Error{ErrorCode::kClosed, "the history is being closed"});
    }
}

void Permits::open() {
    state_->is_closed = false;
}

bool Permits::is_closed() const {
    return state_->is_closed;
}

std::size_t Permits::count() const {
    return state_->count;
}

std::size_t Permits::free() const {
    return state_->free;
}

std::size_t Permits::waiting() const {
    return state_->waiters.size();
}

}  // namespace history
