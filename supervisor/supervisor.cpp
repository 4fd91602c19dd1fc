#include "supervisor/supervisor.hpp"

#include <cstddef>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include "supervisor/child_runner.hpp"
#include "supervisor/spawned_task.hpp"
#include "supervisor/tree.hpp"

namespace supervisor {

namespace {

[[noreturn]] void refuse(const std::string& path, std::string_view what) {
    throw std::invalid_argument{"service " + path + ": " + std::string{what}};
}

void check_child(const Child& child, const std::string& path) {
    if (child.name.empty() || child.name.find('/') != std::string::npos) {
        refuse(path, "a name is not empty and holds no '/'");
    }
    if (!child.factory && child.children.empty()) {
        refuse(path, "no factory");
    }
    if (child.health && (!child.health->probe || child.health->threshold == 0)) {
        refuse(path, "a health check has a probe and a threshold of at least 1");
    }
    if (const auto checked = check(child.policy); !checked) {
        refuse(path, base::to_string(checked.error()));
    }
}

/// Enters every place of the tree into `statuses`, parents first.
void enter(StatusBoard& statuses, const std::vector<Child>& children, const std::string& path) {
    for (const Child& child : children) {
        const std::string own_path = path + child.name;
        check_child(child, own_path);
        Status status;
        status.service = own_path;
        status.is_group = !child.children.empty();
        if (!statuses.add(std::move(status))) {
            refuse(own_path, "the name comes twice");
        }
        enter(statuses, child.children, own_path + "/");
    }
}

}  // namespace

Supervisor::Supervisor(std::string name, Environment environment, std::vector<Child> children)
    : Service{std::move(name)},
      tree_{std::make_shared<Tree>(std::move(environment))},
      children_{std::move(children)} {
    enter(tree_->statuses, children_, path_);
}

Supervisor::Supervisor(std::string name, std::shared_ptr<Tree> tree, std::string path,
                       std::vector<Child> children)
    : Service{std::move(name)},
      tree_{std::move(tree)},
      path_{std::move(path)},
      children_{std::move(children)} {}

Supervisor::~Supervisor() = default;

Factory Supervisor::factory_for(const Child& child, const std::string& path) const {
    if (child.children.empty()) {
        return child.factory;
    }
    return [&child, tree = tree_, path] {
        return std::unique_ptr<Service>{
            new Supervisor{child.name, tree, path + "/", child.children}};
    };
}

base::Task<void> Supervisor::run() {
    std::vector<std::unique_ptr<ChildRunner>> runners;
    std::vector<SpawnedTask> tasks;
    runners.reserve(children_.size());
    tasks.reserve(children_.size());
    for (const Child& child : children_) {
        const std::string path = path_ + child.name;
        runners.push_back(
            std::make_unique<ChildRunner>(tree_, child, path, factory_for(child, path)));
        tasks.emplace_back(tree_->environment.executor, runners.back()->run());
    }
    bool cancelled = false;
    try {
        co_await wait_for_the_end();
    } catch (const boost::system::system_error&) {
        cancelled = true;
    }
    // From here on only the children's ends count: whoever cancelled us once need not do it again.
    co_await base::asio::this_coro::reset_cancellation_state(base::asio::disable_cancellation());
    for (std::size_t i = 0; i < tasks.size(); ++i) {
        runners[i]->stop();
        tasks[i].cancel();
    }
    for (const SpawnedTask& task : tasks) {
        co_await task.wait();
    }
    if (path_.empty() && tree_->fatal_end) {
        throw FatalEnd{*tree_->fatal_end};
    }
    if (cancelled) {
        throw boost::system::system_error{base::asio::error::operation_aborted};
    }
}

base::Task<void> Supervisor::wait_for_the_end() {
    if (path_.empty()) {
        co_await tree_->fatal.wait();
        co_return;
    }
    co_await tree_->environment.clock->sleep_until(base::MonoTime::max());
}

std::vector<Status> Supervisor::status() const {
    return tree_->statuses.all();
}

const std::optional<FatalEnd>& Supervisor::fatal_end() const {
    return tree_->fatal_end;
}

std::vector<std::string> Supervisor::describe() const {
    return supervisor::describe(name(), children_);
}

}  // namespace supervisor
