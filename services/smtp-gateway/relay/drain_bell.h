// Tells those who wait on an executor that a drain has begun.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <utility>

namespace posthorn::relay {

// On one executor.
class DrainBell {
  using Listeners = std::list<std::function<void()>>;

 public:
  // Hears it while it lives, which may be longer than the bell.
  class Listener {
   public:
    Listener(const DrainBell& bell, std::function<void()> heard)
        : listeners_(bell.listeners_),
          place_(listeners_->insert(listeners_->end(), std::move(heard))) {}
    ~Listener() { listeners_->erase(place_); }
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

   private:
    const std::shared_ptr<Listeners> listeners_;
    const Listeners::iterator place_;
  };

  // No listener may come or go in what it calls.
  void Ring() const {
    for (const auto& heard : *listeners_) {
      heard();
    }
  }

 private:
  const std::shared_ptr<Listeners> listeners_ = std::make_shared<Listeners>();
};

}  // namespace posthorn::relay
