#include "supervisor/service.hpp"

namespace supervisor {

namespace {

class FunctionService final : public Service {
  public:
    FunctionService(std::string name, std::function<base::Task<void>()> run)
        : Service{std::move(name)}, run_{std::move(run)} {}
    [[nodiscard]] base::Task<void> run() override { return run_(); }

  private:
    std::function<base::Task<void>()> run_;
};

}  // namespace

std::unique_ptr<Service> make_service(std::string name, std::function<base::Task<void>()> run) {
    return std::make_unique<FunctionService>(std::move(name), std::move(run));
}

Child make_child(std::string name, std::function<base::Task<void>()> run) {
    Child child;
    child.name = name;
    child.factory = [name = std::move(name), run = std::move(run)] {
        return make_service(name, run);
    };
    return child;
}

Child make_group(std::string name, std::vector<Child> children) {
    Child group;
    group.name = std::move(name);
    group.children = std::move(children);
    return group;
}

}  // namespace supervisor
